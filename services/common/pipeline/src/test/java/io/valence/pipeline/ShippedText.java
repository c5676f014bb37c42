package io.valence.pipeline;

import io.valence.features.text.ContextLimits;
import io.valence.inference.ModelStore;
import io.valence.model.BundleDescription;
import io.valence.model.BundleException;
import io.valence.model.BundleJson;
import io.valence.model.Modality;
import io.valence.model.ModelBundle;
import java.io.IOException;
import java.nio.file.Path;

/** The text extractor that the services use with the bundle they ship with. */
final class ShippedText {

  private ShippedText() {}

  /**
   * Opens it.
   *
   * @throws IOException if BERT is not set up on this machine
   */
  static TextChunkExtractor open(final ContextLimits context) throws IOException, BundleException {
    final ModelStore store = ModelStore.fromEnvironment();
    final Path folder = ModelBundle.locate("direct", store);
    final BundleDescription description = BundleJson.read(folder);
    return new TextChunkExtractor(
        store,
        description.inputSpaces().get(Modality.TEXT).id(),
        ModelBundle.textExpert(description, folder),
        context);
  }
}
