package io.valence.training;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a training of the text expert stands after an epoch. Going on from here gives the same
 * weights, bit for bit, as never having stopped.
 *
 * @param fingerprint of the data and options; another training cannot go on from here
 * @param stage number of the stage, from 0
 * @param epoch how many of its epochs are done
 * @param steps the optimiser's, in this stage
 * @param weights now
 * @param moments the optimiser's, by name and kind
 * @param best weights of the best epoch of this stage so far
 * @param bestCorrelation its validation r
 */
record TextCheckpoint(
    String fingerprint,
    int stage,
    int epoch,
    int steps,
    Map<String, float[]> weights,
    Map<String, float[]> moments,
    Map<String, float[]> best,
    double bestCorrelation) {

  private static final int MAGIC = 0x56544B31;
  private static final int LARGEST = 1 << 26;

  void write(final Path file) throws IOException {
    final Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(partial)))) {
      out.writeInt(MAGIC);
      out.writeUTF(fingerprint);
      out.writeInt(stage);
      out.writeInt(epoch);
      out.writeInt(steps);
      out.writeDouble(bestCorrelation);
      write(out, weights);
      write(out, moments);
      write(out, best);
    }
    Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void write(final DataOutputStream out, final Map<String, float[]> tensors)
      throws IOException {
    out.writeInt(tensors.size());
    for (final Map.Entry<String, float[]> tensor : tensors.entrySet()) {
      out.writeUTF(tensor.getKey());
      out.writeInt(tensor.getValue().length);
      for (final float value : tensor.getValue()) {
        out.writeFloat(value);
      }
    }
  }

  static TextCheckpoint read(final Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != MAGIC) {
        throw damaged(file);
      }
      final String fingerprint = in.readUTF();
      final int stage = in.readInt();
      final int epoch = in.readInt();
      final int steps = in.readInt();
      final double bestCorrelation = in.readDouble();
      return new TextCheckpoint(
          fingerprint,
          stage,
          epoch,
          steps,
          tensors(in, file),
          tensors(in, file),
          tensors(in, file),
          bestCorrelation);
    } catch (final EOFException e) {
      throw damaged(file);
    }
  }

  private static Map<String, float[]> tensors(final DataInputStream in, final Path file)
      throws IOException {
    final Map<String, float[]> tensors = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      final String name = in.readUTF();
      final int size = in.readInt();
      if (size < 0 || size > LARGEST) {
        throw damaged(file);
      }
      final float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = in.readFloat();
      }
      tensors.put(name, values);
    }
    return tensors;
  }

  private static TrainingInputException damaged(final Path file) {
    return new TrainingInputException(
        file + " is damaged; delete it, and the training starts from the beginning");
  }
}
