package io.valence.features.text;

/** IEEE 754 binary16, to the nearest, ties to even: 11 significant bits, largest value 65,504. */
final class HalfFloats {

  private static final int MANTISSA_BITS_LOST = 13;
  private static final int EXPONENT_SHIFT = 112;

  private HalfFloats() {}

  static short of(final float value) {
    final int bits = Float.floatToRawIntBits(value);
    final int sign = bits >>> 16 & 0x8000;
    final int magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x47800000 || rounded(magnitude) >= 0x47800000) {
      throw new IllegalArgumentException(value + " does not fit into half precision");
    }
    if (magnitude < 0x38800000) {
      // Below 2^-14 halves lie 2^-24 apart.
      return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24));
    }
    return (short) (sign | (rounded(magnitude) - (EXPONENT_SHIFT << 23)) >>> MANTISSA_BITS_LOST);
  }

  private static int rounded(final int magnitude) {
    final int half = (1 << (MANTISSA_BITS_LOST - 1)) - 1;
    return magnitude + half + (magnitude >>> MANTISSA_BITS_LOST & 1);
  }

  static float toFloat(final short half) {
    final int sign = (half & 0x8000) << 16;
    final int exponent = half >>> 10 & 0x1f;
    final int mantissa = half & 0x3ff;
    if (exponent == 0) {
      final float value = mantissa * 0x1p-24f;
      return sign == 0 ? value : -value;
    }
    return Float.intBitsToFloat(
        sign | (exponent + EXPONENT_SHIFT) << 23 | mantissa << MANTISSA_BITS_LOST);
  }
}
