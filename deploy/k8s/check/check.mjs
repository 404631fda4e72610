#!/usr/bin/env node
// Renders every overlay with kubectl's kustomize and judges each object: by the schema of its kind, and by what holds here whatever the kind.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
const overlays = ['dev', 'dev/migrate', 'prod', 'prod/migrate'];
const operator = 'monitoring.coreos.com/';
let faults = 0;
let objects = 0;

function fault(overlay, object, text) {
  faults += 1;
  console.error(`${overlay}: ${object.kind}/${object.metadata?.name}: ${text}`);
}

async function model({ apiVersion, kind }) {
  const library = apiVersion.startsWith(operator) ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  return (await import(`${library}/${apiVersion}/${kind}`))[kind];
}

async function judge(overlay, object) {
  objects += 1;
  for (const key of Object.keys((object.kind === 'Secret' && object.data) || {})) {
    // kustomize folds long ones, which the cluster reads all the same.
    object.data[key] = object.data[key].replace(/\s/g, '');
  }
  try {
    const Model = await model(object);
    new Model(object).validate();
  } catch (error) {
    fault(overlay, object, error.message.split('\n').join('; '));
  }
}

function containers(object) {
  const pod = object.spec?.template?.spec;
  return pod ? [...(pod.initContainers ?? []), ...pod.containers] : [];
}

// What a schema cannot say: an object that names another one needs it to be there.
function judgeNames(overlay, all, known) {
  const has = (kind, name) => known.some((object) => object.kind === kind && object.metadata.name === name);
  for (const object of all) {
    const pod = object.spec?.template?.spec;
    if (pod?.serviceAccountName && !has('ServiceAccount', pod.serviceAccountName)) fault(overlay, object, `no ServiceAccount ${pod.serviceAccountName}`);
    for (const volume of pod?.volumes ?? []) {
      if (volume.configMap && !has('ConfigMap', volume.configMap.name)) fault(overlay, object, `no ConfigMap ${volume.configMap.name}`);
    }
    for (const container of containers(object)) {
      for (const from of container.envFrom ?? []) {
        if (!has('ConfigMap', from.configMapRef.name)) fault(overlay, object, `no ConfigMap ${from.configMapRef.name}`);
      }
      const mounts = (container.volumeMounts ?? []).map((mount) => mount.name);
      const volumes = [...(pod.volumes ?? []), ...(object.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata)].map((volume) => volume.name);
      for (const name of mounts.filter((mount) => !volumes.includes(mount))) fault(overlay, object, `no volume ${name}`);
      if (overlay.startsWith('dev')) judgeSecrets(overlay, object, container, known);
    }
  }
}

// In dev the values are here, so that a key that nobody gives would show; in prod none may be.
function judgeSecrets(overlay, object, container, known) {
  for (const { valueFrom } of container.env ?? []) {
    const reference = valueFrom?.secretKeyRef;
    if (!reference) continue;
    const secret = known.find((candidate) => candidate.kind === 'Secret' && candidate.metadata.name === reference.name);
    if (!secret || !(reference.key in (secret.data ?? {}))) fault(overlay, object, `no ${reference.key} in Secret ${reference.name}`);
  }
}

function judgePods(overlay, all) {
  for (const object of all) {
    if (overlay.startsWith('prod') && object.kind === 'Secret') fault(overlay, object, 'a secret with its value');
    if (object.metadata.namespace === undefined) fault(overlay, object, 'no namespace');
    for (const container of containers(object)) {
      const security = container.securityContext ?? {};
      const say = (text) => fault(overlay, object, `${container.name}: ${text}`);
      if (!container.resources?.limits?.memory || !container.resources?.requests?.cpu) say('no requests or no limit of memory');
      if (security.allowPrivilegeEscalation !== false || !security.capabilities?.drop?.includes('ALL')) say('keeps rights that it does not need');
      if (!security.readOnlyRootFilesystem && container.name !== 'rabbitmq') say('writes to its root');
      if (object.kind === 'Deployment' && !(container.livenessProbe && container.readinessProbe)) say('no probes');
      for (const env of container.env ?? []) {
        if (/password|key|secret/i.test(env.name) && !/_FILE$/.test(env.name) && env.value !== undefined) say(`${env.name} stands here by value`);
      }
    }
    const pod = object.spec?.template?.spec;
    if (pod && (pod.securityContext?.runAsNonRoot !== true || pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault')) fault(overlay, object, 'may run as root, or without seccomp');
    if (pod && pod.automountServiceAccountToken !== false) fault(overlay, object, 'is given a token of the cluster');
  }
}

const known = {};
for (const overlay of overlays) {
  if (!existsSync(join(folder, 'overlays', overlay, 'kustomization.yaml'))) throw new Error(`no overlay ${overlay}`);
  const text = execFileSync('kubectl', ['kustomize', join(folder, 'overlays', overlay)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const all = parseAllDocuments(text).map((document) => document.toJS());
  known[overlay] = all;
  for (const object of all) await judge(overlay, object);
  judgePods(overlay, all);
  // The Jobs run beside what their overlay has brought before.
  judgeNames(overlay, all, [...all, ...(known[overlay.split('/')[0]] ?? [])]);
}

if (objects < 50) throw new Error(`only ${objects} objects were rendered`);
console.error(faults === 0 ? `${objects} objects of ${overlays.length} renderings fit their schemas` : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
