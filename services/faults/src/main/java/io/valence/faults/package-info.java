/**
 * The fault harness: the whole stack, each part in a process of its own, under faults that a seed chooses. What it
 * plays is recorded, so what it must give is known byte for byte.
 */
package io.valence.faults;
