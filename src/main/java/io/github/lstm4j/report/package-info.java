/** What people look at: a self-contained HTML page with charts as inline SVG. */
package io.github.lstm4j.report;
