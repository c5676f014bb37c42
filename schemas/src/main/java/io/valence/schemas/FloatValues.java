package io.valence.schemas;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.PrimitivesArrays;

/** Between {@code float[]} and the lists of Avro's records, without one object per number. */
public final class FloatValues {

  private static final Schema FLOATS = FeatureVector.getClassSchema().getField("values").schema();

  private FloatValues() {}

  /** A list for a record's float field, holding a copy of the given numbers in Avro's unboxed array. */
  public static List<Float> of(final float[] values) {
    final PrimitivesArrays.FloatArray list = new PrimitivesArrays.FloatArray(values.length, FLOATS);
    for (int i = 0; i < values.length; i++) {
      list.add(i, values[i]);
    }
    return list;
  }

  /** The numbers of a record's float field, as a new array. */
  public static float[] toArray(final List<Float> values) {
    final float[] array = new float[values.size()];
    if (values instanceof PrimitivesArrays.FloatArray unboxed) {
      for (int i = 0; i < array.length; i++) {
        array[i] = unboxed.getFloat(i);
      }
    } else {
      for (int i = 0; i < array.length; i++) {
        array[i] = values.get(i);
      }
    }
    return array;
  }

  /** True if every number of a record's float field is finite. */
  static boolean allFinite(final List<Float> values) {
    if (values instanceof PrimitivesArrays.FloatArray unboxed) {
      for (int i = 0; i < unboxed.size(); i++) {
        if (!Float.isFinite(unboxed.getFloat(i))) {
          return false;
        }
      }
      return true;
    }
    for (final Float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
