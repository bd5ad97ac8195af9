/**
 * What people look at: a self-contained HTML page with charts as inline SVG. It loads nothing, so
 * it can be sent and kept.
 */
package io.github.lstm4j.report;
