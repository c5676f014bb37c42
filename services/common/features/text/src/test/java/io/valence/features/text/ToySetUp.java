package io.valence.features.text;

import java.io.IOException;
import java.nio.file.Path;

/** A set-up of the small network {@link ToyBert}, for tests of other modules too. */
public final class ToySetUp {

  private ToySetUp() {}

  /**
   * Makes it.
   *
   * @param folder an empty one
   * @return what {@link BertModelCache#prepare} gives; inputs may have 12 word pieces
   */
  public static Path in(final Path folder) throws IOException {
    final ToyBert toy = new ToyBert();
    return new BertModelCache(folder.resolve("cache"), toy.source())
        .prepare(toy.writeJar(folder.resolve("toy.jar")), SetUpProgress.NONE);
  }
}
