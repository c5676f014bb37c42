package io.valence.windows;

/**
 * How far one modality of a stream has come.
 *
 * @param watermarkMicros the latest end of cover heard, microseconds of event time; -1 if nothing was
 *     heard. Each modality has its own: in a fast replay sound may be minutes ahead of pictures.
 * @param ended whether the modality's last vector was heard: nothing comes after the watermark
 * @param heardAtMillis wall clock when it was last heard of; -1 if never
 */
record ModalityProgress(long watermarkMicros, boolean ended, long heardAtMillis) {

  static final ModalityProgress NONE = new ModalityProgress(-1, false, -1);
}
