/**
 * Facial landmarks and features from pictures: MediaPipe's FaceMesh run by ONNX Runtime, and what is
 * measured on its points. Pictures come as packed RGB, features leave as {@link
 * io.valence.features.Features}; nothing here knows where the pictures come from.
 *
 * <p>Coordinates are continuous pixels throughout: a picture covers [0, width] x [0, height], y grows
 * downwards, and the centre of the pixel in column i lies at i + 0.5. Left and right are the
 * subject's own, so the right eye (points 33 and 133) is the one at the left of an unmirrored
 * picture.
 */
package io.valence.features.visual;
