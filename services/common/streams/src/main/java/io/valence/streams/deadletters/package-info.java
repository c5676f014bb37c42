/**
 * What becomes of dead letters: looking through them, taking one out, mending it and writing it back to the topic that it
 * came from. {@link io.valence.streams.DeadLetters} says what a letter holds.
 */
package io.valence.streams.deadletters;
