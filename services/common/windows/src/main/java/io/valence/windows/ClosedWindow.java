package io.valence.windows;

import io.valence.schemas.EmitReason;
import io.valence.schemas.Modality;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A window about which nothing more will be heard: ready to be scored, exactly once.
 *
 * @param streamId the stream
 * @param sessionId the conversation that the stream belongs to; null if it stands alone
 * @param participantId who speaks; null if unknown
 * @param window the window
 * @param reason why it closed
 * @param modalities three entries: VISUAL, AUDIO, TEXT
 * @param capturedAtMillis wall clock when the last of its media was captured; empty if nothing was
 *     heard
 */
public record ClosedWindow(
    String streamId,
    String sessionId,
    String participantId,
    Window window,
    EmitReason reason,
    List<MergedModality> modalities,
    OptionalLong capturedAtMillis) {

  public ClosedWindow {
    Objects.requireNonNull(streamId, "streamId");
    Objects.requireNonNull(window, "window");
    Objects.requireNonNull(reason, "reason");
    modalities = List.copyOf(modalities);
    for (final Modality modality : Modality.values()) {
      if (modalities.size() != Modality.values().length
          || modalities.get(modality.ordinal()).modality() != modality) {
        throw new IllegalArgumentException("a closed window needs VISUAL, AUDIO, TEXT in order");
      }
    }
  }
}
