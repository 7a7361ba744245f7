/** The peers that `npm run autobahn -- --compare` has, too. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bunProgram, describePeer, isInstalled, PEER_LIST } from "../../compare/peers.ts";
import { preparePeers } from "../../compare/prepare.ts";
import { quoted, type Toolchain } from "./toolchain.ts";

export const PEERS: Toolchain = {
  title: "JavaScript: the packages of autobahn/package.json",
  async build(names) {
    const peers = PEER_LIST.filter(({ name }) => names.includes(name));
    if (!peers.every(isInstalled)) preparePeers(console.log);
    const { version } = JSON.parse(
      await readFile(new URL("../../../package.json", import.meta.url), "utf8"),
    );
    const versions = peers.map(
      (peer) => [peer.name, describePeer(peer).replace(`${peer.name} `, "")] as const,
    );
    return {
      places: {
        autobahn: quoted(fileURLToPath(new URL("../../", import.meta.url))),
        bun: quoted(bunProgram()),
      },
      versions: [...versions, ["barewire", version]],
    };
  },
};
