import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { json } from '../api/client';
import { useAsk } from '../api/queries';
import type { Node, PlanRow } from '../api/types';
import { Field } from '../compress/field';
import { useAction } from '../ui/action';
import { bytes, count, number, parseBytes } from '../ui/format';

/** Changes a node's budget while it serves; says first what the new one would hold. */
export function BudgetForm({ node, path }: { node: Node; path: string }) {
  const [text, setText] = useState('');
  const { isRunning, run } = useAction();
  const wanted = parseBytes(text);
  const isAsked = wanted !== null && wanted > 0 && node.model != null && node.version != null;
  const plan = useAsk<{ rows: PlanRow[] }>(
    '/api/v1/resolve/what-if',
    { model: node.model, version: node.version, budgetsBytes: [wanted ?? 1], contextTokens: node.contextTokens ?? 1024 },
    { isEnabled: isAsked },
  );
  const row = isAsked ? plan.data?.rows.find((item) => item.budgetBytes === wanted) : undefined;

  async function set(budgetBytes: number | null) {
    const before = node.desiredBudgetBytes ?? null;
    const undo = () => void send(before, `${node.name} has its former budget again`);
    await send(budgetBytes, budgetBytes === null ? `${node.name} has its own budget again` : `${node.name} changes to ${bytes(budgetBytes)}`, undo);
  }

  function send(budgetBytes: number | null, done: string, undo?: () => void) {
    return run({ done, failed: `The budget of ${node.name} was not changed`, ...(undo ? { undo } : {}) }, () =>
      json(path, { method: 'PATCH', body: { budgetBytes } }),
    );
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (wanted !== null) {
      void set(wanted);
    }
  }

  return (
    <Form onSubmit={submit} className="budget-form">
      <Field
        id="node-budget"
        label="New budget"
        value={text}
        placeholder={bytes(node.budgetBytes)}
        fault={text !== '' && wanted === null ? 'Write a size such as 900 MB, 1.5 GiB or 600000000.' : undefined}
        help={
          row?.missingBytes
            ? `Too little: the minimal prefix needs ${bytes(row.missingBytes)} more.`
            : row
              ? `${count(row.blocks)} blocks, ${bytes(row.heldBytes)}, ${number(row.bpw, 2)} bits per weight, expected perplexity ${number(row.expectedPerplexity, 2)}.`
              : 'Such as 900 MB; it changes with the next heartbeat, and no request fails.'
        }
        onChange={setText}
      />
      <ActionGroup>
        <Button type="submit" isLoading={isRunning} isDisabled={isRunning || wanted === null}>
          Change the budget
        </Button>
        {node.desiredBudgetBytes != null && (
          <Button variant="link" isDisabled={isRunning} onClick={() => void set(null)}>
            Back to the node&apos;s own
          </Button>
        )}
      </ActionGroup>
    </Form>
  );
}
