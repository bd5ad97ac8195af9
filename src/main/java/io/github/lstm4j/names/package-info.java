/**
 * What to say to somebody who calls a thing by a name that it has not, {@link
 * io.github.lstm4j.names.Names}, or gives null, {@link io.github.lstm4j.names.Arguments}.
 */
package io.github.lstm4j.names;
