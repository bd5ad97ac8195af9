/**
 * Models as a server: the Open Inference Protocol v2 of KServe and Triton over HTTP, with sequences
 * whose states are kept between requests.
 *
 * <p>A {@link io.github.lstm4j.serve.Repository} holds {@linkplain
 * io.github.lstm4j.serve.Deployment deployments}, each an {@link io.github.lstm4j.serve.Engine}
 * behind its queue; {@link io.github.lstm4j.serve.Routes} turns requests into calls of them, and
 * {@link io.github.lstm4j.serve.HttpListener} and {@link io.github.lstm4j.serve.GrpcListener} are
 * the only ones that know of sockets.
 */
package io.github.lstm4j.serve;
