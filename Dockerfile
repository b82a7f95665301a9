# Two images in one file:
#   docker build --target tool -t pgkeel .    the program alone
#   docker build -t pgkeel-sample .           the program and the sample application's revisions

FROM rust:slim-bookworm AS build
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

FROM debian:bookworm-slim AS tool
COPY --from=build /build/target/release/pgkeel /usr/local/bin/pgkeel
WORKDIR /project
# A number, so that Kubernetes can check `runAsNonRoot`. The program writes no files when it migrates.
USER 10001:10001
ENTRYPOINT ["pgkeel"]

FROM tool
COPY pgkeel.toml ./
COPY schema schema
COPY migrations migrations
CMD ["up"]
