/**
 * Recordings in, pieces out: decoding pictures and sound by FFmpeg, reading transcripts, and cutting all
 * three into windows of event time. Plain Java, no Kafka.
 *
 * <p>{@link io.valence.media.RecordingCutter} cuts a file into {@link io.valence.media.Piece}s;
 * {@link io.valence.media.VideoDecoder} and {@link io.valence.media.PcmFloat} read the pieces again.
 * {@link io.valence.media.AudioDecoder}, {@link io.valence.media.ImageReader} and {@link
 * io.valence.media.Recording} read whole files. Bad input is a {@link io.valence.media.MediaException}
 * with one line for people. FFmpeg is given bytes, never names: no file can make it open another.
 *
 * <p>Whatever must outlive its media decodes in a child process: {@link
 * io.valence.media.IsolatedVideoDecoding} for pieces, {@link io.valence.media.IsolatedRecordings} for
 * recordings.
 */
package io.valence.media;
