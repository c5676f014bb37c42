package io.valence.pipeline;

import io.valence.schemas.MediaChunk;
import io.valence.schemas.Modality;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Audio and text chunks that nobody who means well would send. */
final class HostileSoundAndWords {

  private static final int[] RATES = {
    0,
    -1,
    1,
    999,
    1_000,
    1_001,
    8_000,
    22_050,
    44_100,
    96_001,
    383_999,
    384_000,
    384_001,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE
  };

  private static final int MOST_BYTES = 7_864_320;

  private HostileSoundAndWords() {}

  static MediaChunk sound(final Random random) {
    final int rate = RATES[random.nextInt(RATES.length)];
    final int most = random.nextInt(40) == 0 ? MOST_BYTES : 150_000;
    final int length = random.nextInt(most);
    final ByteBuffer payload = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    final int kind = random.nextInt(7);
    final byte[] noise = new byte[4096];
    while (payload.remaining() >= Float.BYTES) {
      switch (kind) {
        case 0 -> {
          random.nextBytes(noise);
          payload.put(noise, 0, Math.min(noise.length, payload.remaining()));
        }
        case 1 -> payload.putFloat(Float.MIN_VALUE * (1 + random.nextInt(1000)));
        case 2 -> payload.putFloat(random.nextBoolean() ? Float.MAX_VALUE : -Float.MAX_VALUE);
        case 3 -> payload.putFloat(random.nextInt(5000) == 0 ? Float.NaN : 0.1f);
        case 4 -> payload.putFloat(random.nextInt(5000) == 0 ? Float.NEGATIVE_INFINITY : 1e-3f);
        case 5 -> payload.putFloat((float) random.nextGaussian());
        default -> payload.putFloat(payload.position() == 8 ? 1f : 0f);
      }
    }
    payload.clear();
    if (random.nextInt(5) > 0) {
      payload.limit(length / Float.BYTES * Float.BYTES);
    }
    // Mostly a range that has room for the sound, so that the sound itself is looked at.
    final double seconds = rate > 0 ? (double) length / Float.BYTES / rate : 3;
    final long end =
        random.nextInt(5) == 0 ? random.nextLong() >>> 20 : (long) Math.min(1e14, seconds * 1e6);
    return Chunks.chunk(Modality.AUDIO, 0, end)
        .setWindowSizeMicros(random.nextInt(4) == 0 ? 3_600_000_000L : 3_000_000)
        .setSampleRate(random.nextInt(30) == 0 ? null : Integer.valueOf(rate))
        .setPayload(payload)
        .build();
  }

  static MediaChunk words(final Random random) {
    final int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 300_000 : 3_000);
    final byte[] bytes = new byte[length];
    switch (random.nextInt(8)) {
      case 0 -> random.nextBytes(bytes);
      case 1 -> Arrays.fill(bytes, (byte) ' ');
      case 2 -> Arrays.fill(bytes, (byte) 'n');
      case 3 -> {
        for (int i = 0; i < length; i++) {
          bytes[i] = (byte) random.nextInt(32);
        }
      }
      case 4 -> {
        for (int i = 0; i < length; i++) {
          bytes[i] = (byte) " n't 's -lrb- ".charAt(random.nextInt(14));
        }
      }
      case 5 -> fill(bytes, "a\u0301\u0301\u0301\u202e\u200b\ud83d\ude00 ");
      case 6 -> fill(bytes, "http://127.0.0.1:9/x file:///etc/passwd ../../ ${jndi:ldap://x} %n ");
      default -> fill(bytes, "I do n't like \u0000 this \uffff at all . ");
    }
    return Chunks.chunk(Modality.TEXT, 0, random.nextInt(10) == 0 ? 600_000_000 : 3_000_000)
        .setPayload(ByteBuffer.wrap(bytes))
        .build();
  }

  private static void fill(final byte[] bytes, final String words) {
    final byte[] source = words.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = source[i % source.length];
    }
  }
}
