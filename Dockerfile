# barewire-conform in an image, with the command line of Autobahn's:
#
#   docker build -t barewire-conform .
#   docker run --rm -v "$PWD/config:/config" -v "$PWD/reports:/reports" --network host \
#     barewire-conform -m fuzzingclient -s /config/fuzzingclient.json
#
# Without arguments it tests clients, as /config/fuzzingserver.json says, on the port named there. The
# suite's own command line is there, too: --entrypoint barewire-conform.

FROM node:26-alpine AS build
WORKDIR /barewire
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build:standalone

FROM node:26-alpine
COPY --from=build /barewire/dist/standalone/barewire-conform.mjs /usr/local/lib/barewire/
COPY --from=build /barewire/dist/standalone/wstest.mjs /usr/local/lib/barewire/
COPY --from=build /barewire/LICENSE /usr/local/lib/barewire/
RUN ln -s ../lib/barewire/barewire-conform.mjs /usr/local/bin/barewire-conform \
 && ln -s ../lib/barewire/wstest.mjs /usr/local/bin/wstest \
 && chmod +x /usr/local/lib/barewire/*.mjs \
 && mkdir /config /reports
# As in Autobahn's image: "./reports" in a file is /reports, and whose folder of the host that is does not
# matter, since this is root.
WORKDIR /
VOLUME ["/config", "/reports"]
EXPOSE 9001
ENTRYPOINT ["wstest"]
CMD ["-m", "fuzzingserver", "-s", "/config/fuzzingserver.json"]
