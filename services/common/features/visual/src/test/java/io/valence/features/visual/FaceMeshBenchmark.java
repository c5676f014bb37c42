package io.valence.features.visual;

import io.valence.inference.ModelFileException;
import io.valence.inference.ModelStore;
import java.util.Arrays;
import java.util.Locale;

/**
 * Milliseconds per frame of the parts of visual extraction on one thread: the median and the fastest
 * of many runs. From the repository's root, after {@code mvn test-compile} of this module: run the
 * main method with {@code -Dvalence.home=<root>}. Nothing is asserted; machines differ.
 */
public final class FaceMeshBenchmark {

  private static final int WARM_UP = 200;
  private static final int RUNS = 300;

  private FaceMeshBenchmark() {}

  public static void main(final String[] arguments) throws ModelFileException {
    final Picture small = Picture.astronautFace().placed(640, 360, 320, 180, 1.4, 1.4, 0);
    final Picture large = Picture.astronautFace().placed(1920, 1080, 960, 540, 4.2, 4.2, 0);
    for (final boolean refined : new boolean[] {false, true}) {
      final FaceMeshOptions options = FaceMeshOptions.defaults().withRefined(refined);
      try (FaceMesh mesh = FaceMesh.open(ModelStore.fromEnvironment(), options)) {
        System.out.println(refined ? "478 points" : "468 points");
        measure("640x360", small, mesh);
        measure("1920x1080", large, mesh);
      }
    }
  }

  private static void measure(final String size, final Picture picture, final FaceMesh mesh) {
    final byte[] rgb = picture.rgb();
    final int width = picture.width();
    final int height = picture.height();
    final Region whole = new Region(width / 2.0, height / 2.0, Math.max(width, height), 0);
    final float[] crop = new float[192 * 192 * 3];
    time(
        size + " warp to 128 x 128",
        () -> Warp.crop(rgb, width, height, whole, Warp.Border.BLACK, 128, 1 / 127.5, -1, crop));
    time(size + " warp and detector", () -> mesh.detections(rgb, width, height));
    final Region region = mesh.detections(rgb, width, height).get(0).region();
    time(
        size + " warp to 192 x 192",
        () ->
            Warp.crop(rgb, width, height, region, Warp.Border.REPLICATE, 192, 1 / 255.0, 0, crop));
    time(size + " warp and landmarks", () -> mesh.landmarks(rgb, width, height, region));
    final Face face = mesh.landmarks(rgb, width, height, region).orElseThrow();
    final FrameMeasures measures =
        FrameMeasures.of(VisualFeatureSpaces.FACEMESH_65, mesh.canonicalFace());
    final double[] values = new double[65];
    time(size + " 65 features", () -> measures.measure(face, values));
    final VisualFeatureAccumulator video =
        new VisualFeatureAccumulator(mesh, VisualFeatureOptions.defaults());
    time(size + " whole frame, video", () -> video.add(rgb, width, height, 0));
    final VisualFeatureAccumulator stills =
        new VisualFeatureAccumulator(
            mesh, VisualFeatureOptions.defaults().withSeparatePictures(true));
    time(size + " whole frame, stills", () -> stills.add(rgb, width, height, 0));
  }

  private static void time(final String what, final Runnable work) {
    for (int i = 0; i < WARM_UP; i++) {
      work.run();
    }
    final long[] nanos = new long[RUNS];
    for (int i = 0; i < RUNS; i++) {
      final long start = System.nanoTime();
      work.run();
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "  %-32s median %7.3f ms, fastest %7.3f ms%n",
        what,
        nanos[RUNS / 2] / 1e6,
        nanos[0] / 1e6);
  }
}
