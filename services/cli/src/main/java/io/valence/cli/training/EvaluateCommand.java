package io.valence.cli.training;

import io.valence.evaluation.Bootstrap;
import io.valence.evaluation.ErrorReport;
import io.valence.evaluation.EvaluationReport;
import io.valence.training.BundleEvaluation;
import io.valence.training.BundleEvaluation.Evaluation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Phase 3: judging bundles. */
@Command(
    name = "evaluate",
    description = {
      "Judge bundles on a fold of a corpus, through ONNX Runtime as they are served: every measure"
          + " with its 95 %% interval, every subset of modalities, missing rates from 0 to 0.9,"
          + " reliability of the intervals, plots.",
      "With --report also where each bundle fails: errors.html, a page of its worst segments and its"
          + " error by length, negation, label and prediction, and errors.csv, every segment with"
          + " its score.",
      "A headline is printed only for bundles of at least five networks from different seeds."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:evaluated",
      "2:wrong usage",
      "3:corpus or features cannot be used; the message says why",
      "4:the machine is not ready, or a bundle is broken"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  valence evaluate mosi deploy/bundles/direct --text mosi.avro#bert-valence-768",
      "  valence evaluate planted base adapted --text text --report report --json"
    })
public final class EvaluateCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "CORPUS", description = "a corpus folder")
  private Path corpus;

  @Parameters(index = "1..*", paramLabel = "BUNDLE", arity = "1..*", description = "bundle folders")
  private List<Path> bundles;

  @Mixin private CorpusOptions corpusOptions;

  @Mixin private FoldOption foldOption;

  @Option(
      names = "--report",
      paramLabel = "FOLDER",
      description = "write report.md, report.json, errors.html, errors.csv and plots there")
  private Path report;

  @Option(names = "--json", description = "print the report as JSON")
  private boolean json;

  @Spec private CommandSpec specification;

  @Override
  public Integer call() throws Exception {
    final Map<String, Path> named = new LinkedHashMap<>();
    for (final Path bundle : bundles) {
      final String name = bundle.toAbsolutePath().normalize().getFileName().toString();
      if (named.put(named.containsKey(name) ? bundle.toString() : name, bundle) != null) {
        throw new ParameterException(
            specification.commandLine(), bundle + " is given more than once");
      }
    }
    final Evaluation evaluation =
        BundleEvaluation.evaluate(named, corpusOptions.read(corpus), foldOption.fold());
    final EvaluationReport result = evaluation.report();
    if (report != null) {
      result.write(report);
      ErrorReport.of(evaluation.scores(), Bootstrap.DEFAULT).write(report);
    }
    final PrintWriter out = specification.commandLine().getOut();
    if (json) {
      out.println(result.json().toPrettyString());
    } else {
      result.headlines().forEach(out::println);
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }
}
