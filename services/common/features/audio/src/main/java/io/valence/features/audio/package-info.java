/**
 * Audio features: the 29 numbers that librosa 0.11.0 computes from a stretch of sound with its default
 * settings (McFee et al., 2015), from one short-time Fourier transform, with {@link
 * io.valence.features.audio.AudioFeatures} as the way in.
 */
package io.valence.features.audio;
