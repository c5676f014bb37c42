package io.valence.media;

/** What a piece of a recording holds: pictures, sound or words. */
public enum Modality {
  VISUAL,
  AUDIO,
  TEXT
}
