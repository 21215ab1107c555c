#!/usr/bin/env bash
# What a release consists of, as whoever gets it: checks the sums and the Debian package, installs it into a Debian of its own,
# and runs what is in it, and in the image, with the embedded database and with another one. Needs root.
# Usage: release.sh CHECKOUT FOLDER DATABASE_URL   (CHECKOUT: where mvn -Prelease package has run; FOLDER: one to be made)
set -euo pipefail

[ $# = 3 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
checkout=$(realpath "$1") database=$3
# What the database is known by lies where the server is to look for it.
certificate=$(sed -n 's/.*sslrootcert=\([^&]*\).*/\1/p' <<< "$database")
database=${database/sslrootcert=$certificate/sslrootcert=/tmp/ca.crt}
export certificate
version=$(sed -n '/<artifactId>expiry-tracker</{n;s/.*<version>\(.*\)<.*/\1/p}' "$checkout/pom.xml")
architecture=$(dpkg --print-architecture)
artifacts=$checkout/target/release
deb=$artifacts/expiry-tracker_${version}_$architecture.deb
image=$artifacts/expiry-tracker-$version-$architecture-image.tar.gz
mkdir -p "$2"
folder=$(realpath "$2")
pid=''
trap 'stop || true' EXIT

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
said() { printf '%s\n' "-- $*"; }

stop() {
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2> /dev/null || true
    local status=0
    wait "$pid" || status=$?
    pid=''
    [ "$status" = 0 ] || [ "$status" = 143 ]
}

# Runs a command in a root folder, in mounts of its own: inside ROOT ro|rw UID COMMAND...
inside() {
    # Variables of the inner shell.
    # shellcheck disable=SC2016
    exec unshare --mount bash -c '
        set -e
        root=$1 how=$2 user=$3
        shift 3
        mount --bind "$root" "$root"
        mount --bind /proc "$root/proc"
        mount --rbind /dev "$root/dev"
        [ "$how" = rw ] || mount -o remount,bind,ro "$root"
        mount -t tmpfs -o mode=1777,size=1g tmpfs "$root/tmp"
        [ -z "$certificate" ] || install -m 0644 "$certificate" "$root/tmp/ca.crt"
        exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs "$@"' inside "$@"
}

# Starts a server, asks it as a newcomer would, and stops it: serve NAME ROOT ro|rw UID VARIABLE=VALUE... -- COMMAND...
serve() {
    local name=$1 root=$2 how=$3 user=$4 waited log=$folder/$1.log
    shift 4
    local port=$((20000 + RANDOM % 10000)) variables=()
    while [ "$1" != -- ]; do variables+=("$1"); shift; done
    shift
    inside "$root" "$how" "$user" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 EXPIRY_PORT=$port EXPIRY_HOST=127.0.0.1 \
        "${variables[@]}" "$@" > "$log" 2>&1 &
    pid=$!
    for waited in $(seq 600); do
        [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/health/ready" || true)" != 200 ] || break
        kill -0 "$pid" 2> /dev/null || { cat "$log"; fail "$name ended"; }
        [ "$waited" -lt 600 ] || { cat "$log"; fail "$name is not ready"; }
        sleep 0.2
    done
    node - "http://127.0.0.1:$port" <<'NODE'
const [url] = process.argv.slice(2);
const ask = async (query, variables, token) => {
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (!data || errors) throw new Error(JSON.stringify(errors));
  return data;
};
const name = `u${process.pid}x${Date.now()}`;
const { register } = await ask('mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } userErrors { message } } }', { input: { username: name, email: `${name}@example.org`, password: 'green stapler walks 77' } });
const token = register.session.accessToken;
await ask('mutation { createItem(input: { name: "Oat milk", quantity: "2" }) { item { id } userErrors { message } } }', {}, token);
const { items } = await ask('{ items { totalCount nodes { name quantity status } } }', {}, token);
if (items.totalCount !== 1) throw new Error(JSON.stringify(items));
if (!(await (await fetch(`${url}/`)).text()).includes('<title>')) throw new Error('There is no dashboard.');
console.log(JSON.stringify(items));
NODE
    stop || { cat "$log"; fail "$name did not end well"; }
    # A busy machine stands still now and then, which is no fault of the program's.
    ! grep -E ' ERROR | WARN |"level":"(ERROR|WARN)"' "$log" | grep -v BlockedThreadChecker || fail "$name complained"
    said "$name: answered, and ended when it was asked to"
}

# ---- The files

(cd "$artifacts" && sha256sum --check --strict SHA256SUMS)
[ "$(sort -k2 "$artifacts/SHA256SUMS" | awk '{ print $2 }')" = "$(cd "$artifacts" && ls | grep -v SHA256SUMS | sort)" ] || fail 'SHA256SUMS does not name each file.'
node - "$artifacts/expiry-tracker-$version.cdx.json" "$checkout/target/lib" <<'NODE'
const { readFileSync, readdirSync } = require('node:fs');
const [bill, libraries] = process.argv.slice(2);
const bom = JSON.parse(readFileSync(bill, 'utf8'));
const known = new Set(bom.components.map(({ name, version }) => `${name}-${version}.jar`));
const unknown = readdirSync(libraries).filter(jar => !known.has(jar));
if (bom.specVersion !== '1.6' || unknown.length > 0) throw new Error(`The bill of materials lacks ${unknown}`);
const refs = JSON.stringify(bom).match(/"bom-ref":"[^"]*"/g);
if (new Set(refs).size !== refs.length) throw new Error('A bom-ref is there twice.');
for (const name of ['zxing-wasm', 'openjdk', 'postgresql']) if (!bom.components.some(component => component.name === name)) throw new Error(`No ${name}`);
console.log(`-- the bill of materials has each of the ${known.size} components, and what Maven does not know`);
NODE

# ---- A Debian, and the package in it

# Of the release that the Dockerfile begins with.
[ -f "$folder/debian.tar" ] || mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$folder/debian.tar"
mkdir "$folder/debian" "$folder/image"
tar -x -C "$folder/debian" -f "$folder/debian.tar"
cp -a "$folder/debian/." "$folder/image/"

dpkg-deb --info "$deb"
dpkg-deb --contents "$deb" > "$folder/contents"
awk '$2 != "root/root" { print; found = 1 } END { exit !found }' "$folder/contents" && fail 'Not all belongs to root.'
grep -Eq '^-rw------- .* \./etc/expiry-tracker/expiry\.env$' "$folder/contents" || fail 'Others can read the settings.'
lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$deb"

cp "$deb" "$folder/debian/tmp/expiry-tracker.deb"
chroot "$folder/debian" dpkg --install /tmp/expiry-tracker.deb
rm "$folder/debian/tmp/expiry-tracker.deb"
said "$(inside "$folder/debian" ro 65534 /usr/bin/env -i PATH=/usr/bin:/bin expiry-tracker --version | paste -sd' ')"

keys=("EXPIRY_JWT_KEY=$(openssl rand -base64 48 | tr -d '\n')" "EXPIRY_SECRET_KEYS=$(openssl rand -base64 32)")
serve 'the Debian package, embedded database' "$folder/debian" rw 65534 EXPIRY_DATA=/tmp/data -- /usr/bin/expiry-tracker serve
# As the unit has it, which is what matters.
read -ra unit <<< "$(sed -n 's/^ExecStart=//p' "$folder/debian/usr/lib/systemd/system/expiry-tracker.service")"
serve 'the Debian package, as its unit starts it' "$folder/debian" rw 65534 EXPIRY_DATA=/tmp/data "DATABASE_URL=$database" "${keys[@]}" -- "${unit[@]}"

chroot "$folder/debian" dpkg --remove expiry-tracker > /dev/null
[ ! -e "$folder/debian/opt/expiry" ] && [ -f "$folder/debian/etc/expiry-tracker/expiry.env" ] || fail 'Removing leaves too much or too little.'
chroot "$folder/debian" dpkg --purge expiry-tracker > /dev/null
[ ! -e "$folder/debian/etc/expiry-tracker" ] || fail 'Purging leaves the settings.'
said 'removed, and purged'

# ---- The image's file system: the layer over its base, with a root that nobody writes and a user without a name

tar -x -C "$folder/image" -f "$image"
read -ra entrypoint <<< "$(sed -n '/^ENTRYPOINT/,/]$/p' "$checkout/Dockerfile" | tr -d '\n\\' | sed 's/^ENTRYPOINT *\[//; s/\]$//' | tr -d '",')"
serve 'the image, of a user without a name and with a root that is read-only' "$folder/image" ro 54321 EXPIRY_DATA=/tmp/data \
    EXPIRY_LOG_FORMAT=json "DATABASE_URL=$database" "${keys[@]}" -- "${entrypoint[@]}" serve
echo 'expiry:x:10001:10001::/data:/bin/sh' >> "$folder/image/etc/passwd"
serve 'the image, embedded database' "$folder/image" ro 10001 EXPIRY_DATA=/tmp/data EXPIRY_LOG_FORMAT=json -- "${entrypoint[@]}" serve

# ---- The jars, with a Java of the machine's own

tar -x -C "$folder" -f "$artifacts/expiry-tracker-$version.tar.gz"
said "$("$folder/expiry-tracker-$version/expiry" --version | paste -sd' ')"
