/** The command that compares a bundle in the shadow with the live one. */
package io.valence.cli.shadow;
