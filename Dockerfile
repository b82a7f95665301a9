# Two images in one file:
#   docker build --target tool -t pgkeel .    the program alone
#   docker build -t pgkeel-sample .           the program and the sample application's revisions
# Neither has a shell: ENTRYPOINT and CMD are lists, and the program is process 1 and takes the signals itself.

ARG RUST_IMAGE=rust:slim-bookworm
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12

FROM ${RUST_IMAGE} AS build
# pg_query compiles PostgreSQL's grammar (gcc is in the base image) and reads its header through libclang.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libclang1-14 libclang-common-14-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# The dependencies first, with an empty program: this layer is built again only when Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src tests/it \
    && echo 'fn main() {}' | tee src/main.rs tests/it/main.rs > src/lib.rs \
    && cargo build --release --locked \
    && rm -r src
COPY sql sql
COPY src src
# Files keep the times of the checkout, which may lie before the empty program's: cargo would think it is up to date.
RUN touch src/main.rs src/lib.rs && cargo build --release --locked

# C library, certificate authorities and time zones; the same Debian as the one that the program is built on.
FROM ${BASE_IMAGE} AS tool
COPY --from=build /build/target/release/pgkeel /usr/local/bin/pgkeel
WORKDIR /project
# A number, so that Kubernetes can check `runAsNonRoot`. Any other will do (`docker run --user`, OpenShift): the program
# writes no files when it migrates, so that the root file system can be read-only, too.
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/pgkeel"]

FROM tool
COPY pgkeel.toml ./
COPY schema schema
COPY migrations migrations
CMD ["up"]
