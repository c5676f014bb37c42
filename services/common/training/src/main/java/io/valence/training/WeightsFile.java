package io.valence.training;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A base model's weights beside its bundle, so that adapters can be trained against it: ONNX graphs
 * cannot be differentiated here. Big-endian: a magic number, widths, hidden, heads, then the members.
 */
final class WeightsFile {

  static final String NAME = "fusion.weights";

  private static final int MAGIC = 0x56414C31;
  private static final int LARGEST = 1 << 28;

  private WeightsFile() {}

  static void write(final FusionModel model, final Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(MAGIC);
      out.writeInt(model.network().widths().length);
      for (final int width : model.network().widths()) {
        out.writeInt(width);
      }
      out.writeInt(model.network().hidden());
      out.writeInt(model.network().heads());
      out.writeInt(model.members().size());
      for (final Weights member : model.members()) {
        out.writeInt(member.tensors().size());
        for (final Map.Entry<String, Weights.Tensor> entry : member.tensors().entrySet()) {
          out.writeUTF(entry.getKey());
          out.writeBoolean(entry.getValue().learned());
          out.writeInt(entry.getValue().dimensions().length);
          for (final long dimension : entry.getValue().dimensions()) {
            out.writeLong(dimension);
          }
          for (final float value : entry.getValue().values()) {
            out.writeFloat(value);
          }
        }
      }
    }
  }

  static FusionModel read(final Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new TrainingInputException(
          file + " is missing; give a base model that train-base wrote");
    }
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != MAGIC) {
        throw new TrainingInputException(file + " holds no weights of a base model");
      }
      final int[] widths = new int[size(in, file, 16)];
      for (int i = 0; i < widths.length; i++) {
        widths[i] = size(in, file, LARGEST);
      }
      final FusionNetwork network =
          new FusionNetwork(widths, size(in, file, LARGEST), size(in, file, LARGEST));
      final List<Weights> members = new ArrayList<>();
      for (int left = size(in, file, 1000); left > 0; left--) {
        members.add(member(in, file));
      }
      return new FusionModel(network, members);
    } catch (final EOFException e) {
      throw new TrainingInputException(file + " was cut short; train the base model again");
    }
  }

  private static Weights member(final DataInputStream in, final Path file) throws IOException {
    final Weights member = new Weights();
    for (int left = size(in, file, 1000); left > 0; left--) {
      final String name = in.readUTF();
      final boolean learned = in.readBoolean();
      final long[] dimensions = new long[size(in, file, 8)];
      long count = 1;
      for (int i = 0; i < dimensions.length; i++) {
        dimensions[i] = in.readLong();
        count *= dimensions[i];
      }
      if (count < 0 || count > LARGEST) {
        throw damaged(file);
      }
      final float[] values = new float[(int) count];
      for (int i = 0; i < values.length; i++) {
        values[i] = in.readFloat();
      }
      member.put(name, values, learned, dimensions);
    }
    return member;
  }

  private static int size(final DataInputStream in, final Path file, final int largest)
      throws IOException {
    final int size = in.readInt();
    if (size < 1 || size > largest) {
      throw damaged(file);
    }
    return size;
  }

  private static TrainingInputException damaged(final Path file) {
    return new TrainingInputException(file + " is damaged; train the base model again");
  }
}
