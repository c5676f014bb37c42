package io.valence.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBL;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBLP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S32;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S32P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S64;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S64P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_get_bytes_per_sample;
import static org.bytedeco.ffmpeg.global.avutil.av_sample_fmt_is_planar;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/**
 * The sound of a recording as mono floats at its own rate: no resampling, no gain.
 *
 * <p>Samples are scaled by powers of two, so that nothing is lost: 8 bit (u - 128) / 128, 16 bit / 2^15,
 * 24 bit / 2^23, 32 bit / 2^31 (rounded to float), floats as they are. The channels are then averaged
 * as numpy's {@code mean(axis=0)} of float32 does it: added in order as floats, divided by their number.
 *
 * <p>Not for use by several threads at once.
 */
public final class AudioDecoder implements AutoCloseable {

  /** Most samples that {@link #readMono} holds: 1 GiB of floats, 1.5 hours at 48 kHz. */
  static final long MOST_SAMPLES_IN_MEMORY = 1L << 28;

  /** Beyond 64 MiB of floats, decoding once more is cheaper than holding the sound twice. */
  private static final int MOST_SAMPLES_COPIED = 1 << 24;

  /** More samples a byte than common codecs have: what a header promises is not believed beyond. */
  private static final long MOST_SAMPLES_A_BYTE = 32;

  private final Demuxer demuxer;
  private final TrackDecoder decoder;
  private final AVFrame frame = av_frame_alloc();
  private final boolean surveyed;
  private final int sampleRate;
  private final String codec;
  private byte[][] planes = {};
  private float[] block = {};
  private int blockLength;
  private int blockPosition;
  private long blockMicros = Ffmpeg.NO_TIME;
  private long samples;
  private boolean ended;
  private Optional<String> shortfall = Optional.empty();

  private AudioDecoder(final Demuxer demuxer, final boolean surveyed) throws MediaException {
    this.demuxer = demuxer;
    this.surveyed = surveyed;
    if (demuxer.audio() < 0) {
      throw new MediaException(demuxer.source().name() + ": has no sound track");
    }
    this.codec = demuxer.codec(demuxer.audio());
    this.sampleRate = demuxer.stream(demuxer.audio()).codecpar().sample_rate();
    if (sampleRate < 1_000 || sampleRate > 384_000) {
      throw new MediaException(
          demuxer.source().name()
              + ": a sample rate of "
              + sampleRate
              + " Hz is outside 1,000 to 384,000");
    }
    this.decoder = TrackDecoder.open(demuxer, demuxer.audio());
  }

  /** The first sound track of a file. */
  public static AudioDecoder open(final Path recording) throws MediaException {
    return open(Demuxer.open(recording, DecodeLimits.STANDARD), false);
  }

  /** As {@link #open(Path)}, where the caller itself says whether the file ends before its time. */
  static AudioDecoder openSurveyed(final Path recording) throws MediaException {
    return open(Demuxer.open(recording, DecodeLimits.STANDARD), true);
  }

  /** The first sound track of a file that lies in memory; the buffer must not change meanwhile. */
  public static AudioDecoder open(final ByteBuffer recording) throws MediaException {
    return open(
        Demuxer.open(
            MediaSource.of(recording, "sound in memory"),
            Demuxer.RECORDINGS,
            true,
            DecodeLimits.STANDARD),
        false);
  }

  private static AudioDecoder open(final Demuxer demuxer, final boolean surveyed)
      throws MediaException {
    AudioDecoder opened = null;
    try {
      opened = new AudioDecoder(demuxer, surveyed);
      return opened;
    } finally {
      if (opened == null) {
        demuxer.close();
      }
    }
  }

  /**
   * The whole first sound track of a file.
   *
   * @throws MediaException if it has none, holds no sample, is damaged throughout, or is longer than
   *     2^28 samples
   */
  public static MonoSound readMono(final Path recording) throws MediaException {
    return readMono(recording, MOST_SAMPLES_COPIED);
  }

  /**
   * As {@link #readMono(Path)}. Holds the sound once: the array is made as long as the header lets
   * expect. If that turns out wrong, up to {@code mostCopied} samples are copied into an array of the
   * right length; more are decoded a second time, now that their number is known.
   */
  static MonoSound readMono(final Path recording, final int mostCopied) throws MediaException {
    final Pass first = pass(recording, -1, mostCopied);
    if (first.sound() != null) {
      return first.sound();
    }
    final Pass second = pass(recording, first.length(), mostCopied);
    if (second.sound() == null || second.length() != first.length()) {
      throw new MediaException(recording.getFileName() + ": changed while it was read");
    }
    return second.sound();
  }

  /**
   * @param sound null if it did not fit
   * @param length how many samples there are
   */
  private record Pass(MonoSound sound, int length) {}

  private static Pass pass(final Path recording, final int knownLength, final int mostCopied)
      throws MediaException {
    try (AudioDecoder decoder = open(recording)) {
      final float[] all = new float[knownLength < 0 ? decoder.expectedSamples() : knownLength];
      final int length = decoder.readAll(all);
      if (length == 0) {
        throw new MediaException(decoder.demuxer.source().name() + ": its sound track is empty");
      }
      final boolean fits = length == all.length || (length < all.length && length <= mostCopied);
      if (!fits) {
        return new Pass(null, length);
      }
      final float[] exact = length == all.length ? all : Arrays.copyOf(all, length);
      return new Pass(new MonoSound(exact, decoder.sampleRate, decoder.warnings()), length);
    }
  }

  /** How many samples the header lets expect, as far as so small a file can hold them; 1 or more. */
  private int expectedSamples() {
    final long micros = Math.max(0, demuxer.context().duration());
    final String format = demuxer.context().iformat().name().getString();
    // These two count samples; others state a rounded time, with or without the codec's padding.
    final boolean exact = format.equals("wav") || format.equals("flac");
    final double expected = micros / 1e6 * sampleRate + (exact ? 0 : sampleRate / 2);
    final long possible =
        Math.min(MOST_SAMPLES_IN_MEMORY, demuxer.source().size() * MOST_SAMPLES_A_BYTE);
    return (int) Math.max(1, Math.min(possible, Math.round(expected)));
  }

  /** Reads to the end and says how many samples there are; those that do not fit are only counted. */
  private int readAll(final float[] target) throws MediaException {
    int length = 0;
    while (blockPosition < blockLength || fill()) {
      final int count = blockLength - blockPosition;
      if (length < target.length) {
        System.arraycopy(
            block, blockPosition, target, length, Math.min(count, target.length - length));
      }
      blockPosition = blockLength;
      length += count;
      if (length > MOST_SAMPLES_IN_MEMORY) {
        throw new MediaException(
            demuxer.source().name()
                + ": is too long to be read whole: more than "
                + MOST_SAMPLES_IN_MEMORY
                + " samples; cut it");
      }
    }
    return length;
  }

  /** Samples a second. */
  public int sampleRate() {
    return sampleRate;
  }

  /** FFmpeg's name of the codec. */
  public String codec() {
    return codec;
  }

  /**
   * Reads on.
   *
   * @return how many samples were written to {@code target} from {@code offset} on, 1 to {@code length};
   *     -1 at the end
   * @throws MediaException if nothing can be decoded, the rate changes within the track, or a sample is
   *     not a finite number
   */
  public int read(final float[] target, final int offset, final int length) throws MediaException {
    if (blockPosition == blockLength && !fill()) {
      return -1;
    }
    final int count = Math.min(length, blockLength - blockPosition);
    System.arraycopy(block, blockPosition, target, offset, count);
    blockPosition += count;
    return count;
  }

  /**
   * When the sample that is read next is heard, as the file's time stamps say, microseconds of event
   * time (0 is the start of the container); {@link Long#MIN_VALUE} at the end or where the file does
   * not say.
   */
  long nextMicros() throws MediaException {
    if (blockPosition == blockLength && !fill()) {
      return Long.MIN_VALUE;
    }
    return blockMicros == Ffmpeg.NO_TIME
        ? Long.MIN_VALUE
        : blockMicros - demuxer.startMicros() + blockPosition * 1_000_000L / sampleRate;
  }

  /** How many samples can be read before the next time stamp, after a call of nextMicros. */
  int blockRemaining() {
    return blockLength - blockPosition;
  }

  private boolean fill() throws MediaException {
    while (!ended) {
      if (!decoder.next(frame)) {
        ended = true;
        if (!surveyed) {
          shortfall = TrackSurvey.shortfall(demuxer, endMicros());
        }
        if (samples == 0 && decoder.packets() > 0 && decoder.damagedPackets() > 0) {
          throw new MediaException(
              demuxer.source().name()
                  + ": none of its sound can be decoded ("
                  + decoder.damagedPackets()
                  + " of "
                  + decoder.packets()
                  + " packets damaged)");
        }
        return false;
      }
      if (frame.nb_samples() > 0) {
        mix();
        return true;
      }
    }
    return false;
  }

  /** Where the latest block ends, microseconds of event time. */
  private long endMicros() {
    return blockMicros == Ffmpeg.NO_TIME
        ? samples * 1_000_000L / sampleRate
        : blockMicros - demuxer.startMicros() + blockLength * 1_000_000L / sampleRate;
  }

  private void mix() throws MediaException {
    if (frame.sample_rate() != sampleRate) {
      throw new MediaException(
          String.format(
              Locale.ROOT,
              "%s: its sample rate changes from %d to %d Hz within the track; convert it first",
              demuxer.source().name(),
              sampleRate,
              frame.sample_rate()));
    }
    final int count = frame.nb_samples();
    final int channels = frame.ch_layout().nb_channels();
    if (block.length < count) {
      block = new float[count];
    }
    Arrays.fill(block, 0, count, 0f);
    final int format = frame.format();
    final boolean planar = av_sample_fmt_is_planar(format) != 0;
    final int width = av_get_bytes_per_sample(format);
    final int step = planar ? 1 : channels;
    if (planes.length < 1 || planes[0].length < count * step * width) {
      planes = new byte[][] {new byte[count * step * width]};
    }
    final byte[] raw = planes[0];
    final ByteBuffer values = ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());
    for (int channel = 0; channel < channels; channel++) {
      if (planar || channel == 0) {
        new BytePointer(frame.extended_data(planar ? channel : 0))
            .get(raw, 0, count * step * width);
      }
      add(format, values, planar ? 0 : channel, step, count);
    }
    for (int i = 0; i < count; i++) {
      final float mean = channels == 1 ? block[i] : block[i] / channels;
      if (!Float.isFinite(mean)) {
        throw new MediaException(
            String.format(
                Locale.ROOT,
                "%s: sample %d (at %.3f s) is %s, not a finite number",
                demuxer.source().name(),
                samples + i,
                (double) (samples + i) / sampleRate,
                mean));
      }
      block[i] = mean;
    }
    blockMicros = Ffmpeg.micros(frame.pts(), decoder.stream().time_base());
    blockPosition = 0;
    blockLength = count;
    samples += count;
  }

  private void add(
      final int format, final ByteBuffer values, final int first, final int step, final int count)
      throws MediaException {
    if (format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_FLTP) {
      for (int i = 0, at = first; i < count; i++, at += step) {
        block[i] += values.getFloat(at * Float.BYTES);
      }
    } else if (format == AV_SAMPLE_FMT_S16 || format == AV_SAMPLE_FMT_S16P) {
      for (int i = 0, at = first; i < count; i++, at += step) {
        block[i] += values.getShort(at * Short.BYTES) * 0x1p-15f;
      }
    } else if (format == AV_SAMPLE_FMT_S32 || format == AV_SAMPLE_FMT_S32P) {
      // 24-bit samples arrive in the upper bits, so this scales them by 2^-23, exactly.
      for (int i = 0, at = first; i < count; i++, at += step) {
        block[i] += values.getInt(at * Integer.BYTES) * 0x1p-31f;
      }
    } else if (format == AV_SAMPLE_FMT_U8 || format == AV_SAMPLE_FMT_U8P) {
      for (int i = 0, at = first; i < count; i++, at += step) {
        block[i] += ((values.get(at) & 0xff) - 128) * 0x1p-7f;
      }
    } else if (format == AV_SAMPLE_FMT_DBL || format == AV_SAMPLE_FMT_DBLP) {
      for (int i = 0, at = first; i < count; i++, at += step) {
        block[i] += (float) values.getDouble(at * Double.BYTES);
      }
    } else if (format == AV_SAMPLE_FMT_S64 || format == AV_SAMPLE_FMT_S64P) {
      for (int i = 0, at = first; i < count; i++, at += step) {
        block[i] += values.getLong(at * Long.BYTES) * 0x1p-63f;
      }
    } else {
      throw new MediaException(
          demuxer.source().name() + ": sample format " + format + " is not known");
    }
  }

  /** What is wrong with the sound although it can be used; complete after the last sample. */
  public List<String> warnings() {
    final List<String> warnings = new ArrayList<>();
    final String name = demuxer.source().name();
    if (decoder.damagedPackets() > 0) {
      warnings.add(name + ": " + decoder.damagedPackets() + " damaged sound packets were skipped");
    }
    if (shortfall.isPresent()) {
      warnings.add(shortfall.get());
    } else if (!surveyed && demuxer.brokenOff()) {
      warnings.add(name + ": breaks off before its end; what is there was decoded");
    }
    return List.copyOf(warnings);
  }

  @Override
  public void close() throws MediaException {
    av_frame_free(frame);
    decoder.close();
    demuxer.close();
  }
}
