package io.valence.pipeline;

import io.valence.schemas.MediaChunk;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Ways to damage a video chunk. The same random numbers give the same chunk. */
final class HostileVideo {

  /** What is done to the bytes of a seed. */
  enum Kind {
    BIT_FLIPS,
    HEADER_FLIPS,
    TRUNCATION,
    SPLICE,
    DUPLICATION,
    ABSURD_SIZE,
    ABSURD_TIME,
    SWAPPED_LENGTHS,
    OTHER_CODEC,
    RANDOM_BYTES,
    ABSURD_RECORD,
    TWO_AT_ONCE,
    BOMB
  }

  // Element ids of Matroska (RFC 9559).
  private static final byte[] PIXEL_WIDTH = {(byte) 0xB0};
  private static final byte[] PIXEL_HEIGHT = {(byte) 0xBA};
  private static final byte[] CODEC_ID = {(byte) 0x86};
  private static final byte[] TIMESTAMP_SCALE = {0x2A, (byte) 0xD7, (byte) 0xB1};
  private static final byte[] CLUSTER_TIME = {(byte) 0xE7};
  private static final byte[] DEFAULT_DURATION = {0x23, (byte) 0xE3, (byte) 0x83};
  private static final int HEADER = 700;

  /** The kinds before these change bytes and need no more than some. */
  private static final int TWO_AT_ONCE_OF = Kind.RANDOM_BYTES.ordinal();

  private static final List<String> CODECS =
      List.of(
          "V_VP8",
          "V_VP9",
          "V_AV1",
          "V_MJPEG",
          "V_MPEG1",
          "V_MPEG2",
          "V_THEORA",
          "V_PRORES",
          "V_FFV1",
          "V_UNCOMPRESSED",
          "V_MPEG4/ISO/AVC",
          "V_MPEG4/ISO/ASP",
          "V_MPEGH/ISO/HEVC",
          "V_REAL/RV40",
          "V_SNOW",
          "V_DIRAC",
          "V_QUICKTIME",
          "V_MS/VFW/FOURCC",
          "A_PCM/FLOAT/IEEE",
          "S_TEXT/UTF8",
          "B_VOBBTN");

  private static final long[] ABSURD = {
    0, 1, 2, 3, 16, 4095, 4096, 8192, 16_384, 65_500, 65_535, 1L << 24, (1L << 31) - 1, 1L << 40, -1
  };

  private final List<MediaChunk> seeds;
  private final List<MediaChunk> bombs;

  HostileVideo(final Map<String, MediaChunk> seeds, final List<MediaChunk> bombs) {
    this.seeds = List.copyOf(seeds.values());
    this.bombs = List.copyOf(bombs);
  }

  /** Chunk number n; the kinds take turns, but only every tenth bomb is one: they are slow. */
  static Kind kind(final int number) {
    final Kind kind = Kind.values()[number % Kind.values().length];
    return kind == Kind.BOMB && number / Kind.values().length % 10 != 0 ? Kind.TWO_AT_ONCE : kind;
  }

  MediaChunk make(final Kind kind, final Random random) {
    return make(kind, any(random), random);
  }

  private MediaChunk make(final Kind kind, final MediaChunk seed, final Random random) {
    final byte[] bytes = bytes(seed);
    return switch (kind) {
      case BIT_FLIPS -> with(seed, flipped(bytes, 0, bytes.length, random));
      case HEADER_FLIPS -> with(seed, flipped(bytes, 0, HEADER, random));
      case TRUNCATION -> with(seed, Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length - 1)));
      case SPLICE -> with(seed, spliced(bytes, bytes(any(random)), random));
      case DUPLICATION -> with(seed, duplicated(bytes, random));
      case ABSURD_SIZE ->
          with(seed, number(number(bytes, PIXEL_WIDTH, random), PIXEL_HEIGHT, random));
      case ABSURD_TIME ->
          with(
              seed,
              switch (random.nextInt(3)) {
                case 0 -> number(bytes, TIMESTAMP_SCALE, random);
                case 1 -> number(bytes, CLUSTER_TIME, random);
                default -> number(bytes, DEFAULT_DURATION, random);
              });
      case SWAPPED_LENGTHS -> with(seed, swappedLengths(bytes, random));
      case OTHER_CODEC -> with(seed, otherCodec(bytes, random));
      case RANDOM_BYTES -> with(seed, randomBytes(bytes, random));
      case ABSURD_RECORD -> absurdRecord(seed, random);
      case TWO_AT_ONCE -> {
        final Kind[] kinds = Kind.values();
        final MediaChunk once = make(kinds[random.nextInt(TWO_AT_ONCE_OF)], seed, random);
        yield once.getPayload().remaining() < 2
            ? once
            : make(kinds[random.nextInt(TWO_AT_ONCE_OF)], once, random);
      }
      case BOMB -> bomb(random);
    };
  }

  private MediaChunk any(final Random random) {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private static byte[] bytes(final MediaChunk chunk) {
    final byte[] bytes = new byte[chunk.getPayload().remaining()];
    chunk.getPayload().duplicate().get(bytes);
    return bytes;
  }

  private static MediaChunk with(final MediaChunk seed, final byte[] payload) {
    return MediaChunk.newBuilder(seed).setPayload(ByteBuffer.wrap(payload)).build();
  }

  private static byte[] flipped(
      final byte[] bytes, final int from, final int to, final Random random) {
    final int count = 1 + random.nextInt(1 << random.nextInt(8));
    for (int i = 0; i < count; i++) {
      final int at = from + random.nextInt(Math.min(to, bytes.length) - from);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  /** The header of one file and the body of another, cut anywhere. */
  private static byte[] spliced(final byte[] one, final byte[] two, final Random random) {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(one, 0, random.nextInt(one.length));
    final int from = random.nextInt(two.length);
    out.write(two, from, two.length - from);
    return out.toByteArray();
  }

  /** A range once more, or a thousand times. */
  private static byte[] duplicated(final byte[] bytes, final Random random) {
    final int from = random.nextInt(bytes.length);
    final int length = 1 + random.nextInt(Math.min(4_000, bytes.length - from));
    final int times = 1 << random.nextInt(11);
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    for (int i = 0; i < times && out.size() < 6_000_000; i++) {
      out.write(bytes, from, length);
    }
    out.write(bytes, from, bytes.length - from);
    return out.toByteArray();
  }

  /** Overwrites the value of the first elements with that id by an absurd number. */
  private static byte[] number(final byte[] bytes, final byte[] id, final Random random) {
    final long value = ABSURD[random.nextInt(ABSURD.length)];
    for (int at = 0; at < bytes.length - 12; at++) {
      if (matches(bytes, at, id)) {
        final int length = bytes[at + id.length] & 0x7f;
        if ((bytes[at + id.length] & 0x80) != 0 && length >= 1 && length <= 8) {
          for (int i = 0; i < length; i++) {
            bytes[at + id.length + 1 + i] = (byte) (value >> (8 * (length - 1 - i)));
          }
          if (random.nextInt(3) > 0) {
            return bytes;
          }
        }
      }
    }
    return bytes;
  }

  private static boolean matches(final byte[] bytes, final int at, final byte[] id) {
    for (int i = 0; i < id.length; i++) {
      if (bytes[at + i] != id[i]) {
        return false;
      }
    }
    return true;
  }

  /** Exchanges the lengths of two elements, or gives one a length of its own. */
  private static byte[] swappedLengths(final byte[] bytes, final Random random) {
    final List<Integer> places = lengths(bytes);
    if (places.isEmpty()) {
      return bytes;
    }
    final int one = places.get(random.nextInt(places.size()));
    if (random.nextInt(3) == 0) {
      bytes[one] = (byte) random.nextInt(256);
      return bytes;
    }
    final int two = places.get(random.nextInt(places.size()));
    for (int i = 0; i < 1 + random.nextInt(8); i++) {
      if (one + i < bytes.length && two + i < bytes.length) {
        final byte kept = bytes[one + i];
        bytes[one + i] = bytes[two + i];
        bytes[two + i] = kept;
      }
    }
    return bytes;
  }

  /** Where the lengths of the elements begin, inside the master elements too. */
  private static List<Integer> lengths(final byte[] bytes) {
    final List<Integer> places = new ArrayList<>();
    int at = 0;
    while (at < bytes.length - 9) {
      final int idLength = Integer.numberOfLeadingZeros(bytes[at] & 0xff) - 23;
      if (idLength > 4) {
        break;
      }
      final int place = at + idLength;
      final int size = Integer.numberOfLeadingZeros(bytes[place] & 0xff) - 23;
      if (size > 8) {
        break;
      }
      places.add(place);
      long length = bytes[place] & (0xff >> size);
      for (int i = 1; i < size; i++) {
        length = length << 8 | (bytes[place + i] & 0xff);
      }
      final int id = bytes[at] & 0xff;
      // Segment, tracks, track entry, video, cluster: their content follows at once.
      final boolean master =
          (id == 0x18 && idLength == 4)
              || (id == 0x16 && idLength == 4)
              || (id == 0x1F && idLength == 4)
              || id == 0xAE
              || id == 0xE0;
      at = (int) Math.min(bytes.length, place + size + (master ? 0 : Math.max(0, length)));
    }
    return places;
  }

  private static byte[] otherCodec(final byte[] bytes, final Random random) {
    for (int at = 0; at < Math.min(HEADER, bytes.length - 40); at++) {
      final int length = bytes[at + 1] & 0x7f;
      if (matches(bytes, at, CODEC_ID) && length > 2 && bytes[at + 3] == '_') {
        final byte[] other =
            CODECS.get(random.nextInt(CODECS.size())).getBytes(StandardCharsets.US_ASCII);
        if (other.length <= length) {
          // A text in Matroska may end before its element, in zeros.
          Arrays.fill(bytes, at + 2, at + 2 + length, (byte) 0);
          System.arraycopy(other, 0, bytes, at + 2, other.length);
          return bytes;
        }
        // A longer one is put in place, and the lengths around it do not fit any more.
        final byte[] longer = new byte[bytes.length + other.length - length];
        System.arraycopy(bytes, 0, longer, 0, at + 2);
        longer[at + 1] = (byte) (0x80 | other.length);
        System.arraycopy(other, 0, longer, at + 2, other.length);
        System.arraycopy(
            bytes, at + 2 + length, longer, at + 2 + other.length, bytes.length - at - 2 - length);
        return longer;
      }
    }
    return bytes;
  }

  private static byte[] randomBytes(final byte[] seed, final Random random) {
    final byte[] bytes = new byte[1 + random.nextInt(200_000)];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      System.arraycopy(seed, 0, bytes, 0, Math.min(bytes.length, random.nextInt(HEADER)));
    }
    return bytes;
  }

  private MediaChunk bomb(final Random random) {
    final MediaChunk bomb = bombs.get(random.nextInt(bombs.size()));
    final byte[] bytes = bytes(bomb);
    return switch (random.nextInt(3)) {
      case 0 -> bomb;
      case 1 -> with(bomb, flipped(bytes, 0, bytes.length, random));
      default -> with(bomb, duplicated(bytes, random));
    };
  }

  private static MediaChunk absurdRecord(final MediaChunk seed, final Random random) {
    final MediaChunk.Builder chunk = MediaChunk.newBuilder(seed);
    final long[] times = {0, 1, -1, 1_199_999, 3_000_000, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE};
    chunk.setStartMicros(times[random.nextInt(times.length)]);
    chunk.setEndMicros(times[random.nextInt(times.length)]);
    chunk.setWindowSizeMicros(times[random.nextInt(times.length)]);
    if (random.nextBoolean()) {
      chunk.setWindowStartMicros(null).setWindowEndMicros(null);
    } else {
      chunk.setWindowStartMicros(times[random.nextInt(times.length)]);
      chunk.setWindowEndMicros(
          random.nextInt(8) == 0 ? null : (Long) times[random.nextInt(times.length)]);
    }
    if (random.nextInt(4) == 0) {
      chunk.setContainer(
          List.of("", "mp4", "matroska,webm", "hls", "Matroska").get(random.nextInt(5)));
    }
    return chunk.build();
  }
}
