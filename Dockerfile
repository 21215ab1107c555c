# Builds the program from a clean checkout and keeps of Java only what it needs.
#
#   docker build -t expiry-tracker .
#   docker run -p 8080:8080 -v expiry-data:/data expiry-tracker serve --demo
#
# With a PostgreSQL of yours: -e DATABASE_URL=... -e EXPIRY_JWT_KEY=... and no volume. All variables:
#
#   docker run --rm expiry-tracker help serve

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /build
COPY . .
# The libraries come from the cache of the last build.
RUN --mount=type=cache,target=/root/.m2 mvn -B -q -Dmaven.test.skip=true package
RUN jlink @jlink.options --output /runtime

FROM debian:12-slim
RUN useradd --system --uid 10001 --home-dir /data --no-create-home expiry \
    && install -d -o expiry -g root -m 0700 /data
COPY --from=build /runtime /opt/expiry/runtime
# The libraries change more rarely than the program: a layer of their own.
COPY --from=build /build/target/lib /opt/expiry/lib
COPY --from=build /build/target/expiry-tracker.jar /build/jvm.options /build/LICENSE /build/NOTICE /opt/expiry/
# What a start is three times as fast with, learned by this very runtime (JEP 514). The program works without, so a builder
# that lets no PostgreSQL run makes an image all the same.
RUN install -d -o expiry -m 0700 /tmp/train \
    && if runuser -u expiry -- /opt/expiry/runtime/bin/java @/opt/expiry/jvm.options -Djava.io.tmpdir=/tmp/train \
        -XX:AOTCacheOutput=/tmp/train/expiry-tracker.aot -jar /opt/expiry/expiry-tracker.jar train \
        > /tmp/train/log 2>&1 && [ -s /tmp/train/expiry-tracker.aot ]; \
    then install -m 0444 /tmp/train/expiry-tracker.aot /opt/expiry/; \
    else tail -n 20 /tmp/train/log; echo 'No AOT cache: starts take longer.'; fi \
    && rm -rf /tmp/train
ENV EXPIRY_DATA=/data \
    EXPIRY_HOST=0.0.0.0 \
    EXPIRY_PORT=8080 \
    EXPIRY_LOG_FORMAT=json \
    LANG=C.UTF-8 \
    MALLOC_ARENA_MAX=2
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# The image has no curl; bash speaks enough HTTP. Alive is not ready: readiness is for the load balancer.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/$EXPIRY_PORT && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
# Docker sends SIGTERM; the server then needs up to EXPIRY_DRAIN_SECONDS and EXPIRY_SHUTDOWN_SECONDS
# (docker stop --time 40).
STOPSIGNAL SIGTERM
# Half of the container's memory for the heap, to the limit of jvm.options, leaves room for the embedded PostgreSQL; -Xmx in
# JAVA_TOOL_OPTIONS overrides both.
ENTRYPOINT ["/opt/expiry/runtime/bin/java", "@/opt/expiry/jvm.options", "-XX:MaxRAMPercentage=50", \
    "-XX:AOTCache=/opt/expiry/expiry-tracker.aot", "-Xlog:aot=off", "-jar", "/opt/expiry/expiry-tracker.jar"]
CMD ["serve"]
