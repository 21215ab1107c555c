// The expressions of the alert rules and of the dashboard, and the metrics that they name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

// What Grafana puts in place of its variables.
const filledIn = expression => expression.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');

/** Each expression with where it stands: { where, expression }. */
export function expressions(rulesFile, dashboardFile) {
  const rules = parse(readFileSync(rulesFile, 'utf8'), { strict: true }).groups.flatMap(group => group.rules);
  const panels = JSON.parse(readFileSync(dashboardFile, 'utf8')).panels;
  const found = [
    ...rules.map(rule => ({ where: rule.alert ?? rule.record, expression: rule.expr })),
    ...panels.flatMap(panel => (panel.targets ?? []).map(target => ({ where: panel.title, expression: filledIn(target.expr) }))),
  ];
  assert(found.length > 20, 'No expressions were found.');
  return found;
}

/** The metrics that an expression reads. */
export function metrics(expression) {
  const named = new Set();
  parser.parse(expression).iterate({
    enter: node => {
      assert(!node.type.isError, `no expression: ${expression}`);
      if (node.name === 'Identifier' && node.node.parent.name === 'VectorSelector') {
        named.add(expression.slice(node.from, node.to));
      }
    },
  });
  return named;
}
