import { Form, FormGroup, FormHelperText, FormSelect, FormSelectOption, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { json, url } from '../api/client';
import type { Alias, Model } from '../api/types';
import { useAction } from '../ui/action';
import { Confirm } from '../ui/confirm';
import { Missing } from '../ui/states';
import { useNewest } from './found';
import { MovePreview } from './move-preview';

/** Which alias to point where; a new alias while the name is empty. */
export interface Wish {
  alias: string;
  version: number;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Makes or moves an alias after it was shown what that changes for which nodes. */
export function AliasDialog({ model, wish, onClose }: { model: Model; wish: Wish; onClose: () => void }) {
  const [name, setName] = useState(wish.alias);
  const [version, setVersion] = useState(wish.version);
  const versions = useNewest(model.name);
  const { run } = useAction();
  const before = model.aliases.find((alias) => alias.alias === name);
  const path = url(['/api/v1/models', model.name, '/aliases', name]);
  const ready = choices(versions.data ?? [], version, before?.version);

  function point(to: number, headers: Record<string, string>) {
    return json<Alias>(path, { method: 'PUT', body: { version: to }, headers });
  }

  async function move() {
    // Moves only what the reader looked at: somebody else's move in between is not overwritten.
    const guard: Record<string, string> = before ? { 'If-Match': before.etag } : { 'If-None-Match': '*' };
    const undo = before
      ? () =>
          void run(
            { done: `${name} points at version ${before.version} again`, failed: `${name} was not moved back` },
            () => point(before.version, {}),
          )
      : undefined;
    await run(
      { done: `${name} points at version ${version}`, failed: `${name} was not moved`, ...(undo ? { undo } : {}) },
      () => point(version, guard),
    );
  }

  return (
    <Confirm
      title={wish.alias ? `Move ${model.name}@${wish.alias}` : `New alias of ${model.name}`}
      verb={wish.alias ? `Move to version ${version}` : 'Make the alias'}
      variant="large"
      isDisabled={!NAME.test(name) || before?.version === version}
      onConfirm={move}
      onClose={onClose}
    >
      <Missing query={versions} what="the versions" />
      <Form onSubmit={(event) => event.preventDefault()}>
        {!wish.alias && (
          <FormGroup label="Name" isRequired fieldId="alias-name">
            <TextInput
              id="alias-name"
              isRequired
              maxLength={63}
              value={name}
              validated={name === '' || NAME.test(name) ? 'default' : 'error'}
              aria-describedby="alias-help"
              onChange={(_event, text) => setName(text)}
            />
            <FormHelperText>
              <HelperText id="alias-help">
                <HelperTextItem>Lower-case letters, digits, dots, dashes and underscores, a letter or digit first.</HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
        )}
        <FormGroup label="Version" fieldId="alias-version">
          <FormSelect id="alias-version" value={String(version)} onChange={(_event, value) => setVersion(Number(value))}>
            {ready.map((item) => (
              <FormSelectOption
                key={item.version}
                value={String(item.version)}
                label={`version ${item.version}${item.version === before?.version ? ' (now)' : ''}`}
              />
            ))}
          </FormSelect>
        </FormGroup>
      </Form>
      {before && before.version !== version && (
        <MovePreview model={model.name} alias={name} from={before.version} to={version} />
      )}
    </Confirm>
  );
}

/** The newest ready versions, the one that is chosen and the one that the alias has, each once. */
export function choices(newest: { version: number; state: string }[], chosen: number, now: number | undefined): { version: number }[] {
  const numbers = new Set([chosen, ...(now === undefined ? [] : [now]), ...newest.filter((item) => item.state === 'ready').map((item) => item.version)]);
  return [...numbers].sort((a, b) => b - a).map((version) => ({ version }));
}
