import { ExpandableSection } from '@patternfly/react-core';
import { useAddress } from '../ui/address';
import { Field } from '../compress/field';

type Name = 'maxTokens' | 'temperature' | 'topP' | 'seed';

const FIELDS: Record<Name, { label: string; standard: string; least: number; most: number; isWhole: boolean; allowed: string }> = {
  maxTokens: { label: 'Longest answer, in tokens', standard: '128', least: 1, most: 32_768, isWhole: true, allowed: '1 to 32768' },
  temperature: { label: 'Temperature', standard: '0.7', least: 0, most: 2, isWhole: false, allowed: '0 to 2; 0 takes the most likely token' },
  topP: { label: 'Top-p', standard: '1', least: 0.01, most: 1, isWhole: false, allowed: 'above 0, up to 1' },
  seed: { label: 'Seed', standard: '1', least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true, allowed: 'a whole number; empty for a random one' },
};

function parse(name: Name, text: string): number | null {
  const { least, most, isWhole } = FIELDS[name];
  const value = Number(text);
  return text.trim() !== '' && value >= least && value <= most && (!isWhole || Number.isInteger(value)) ? value : null;
}

/** How to sample, kept in the address; what is not acceptable counts as the default and is marked. */
export function useParameters() {
  const texts = {
    maxTokens: useAddress('max', FIELDS.maxTokens.standard),
    temperature: useAddress('temperature', FIELDS.temperature.standard),
    topP: useAddress('top_p', FIELDS.topP.standard),
    seed: useAddress('seed', FIELDS.seed.standard),
  };
  const value = (name: Name) => parse(name, texts[name][0]) ?? Number(FIELDS[name].standard);
  return {
    texts,
    values: {
      maxTokens: value('maxTokens'),
      temperature: value('temperature'),
      topP: value('topP'),
      seed: texts.seed[0].trim() === '' ? null : value('seed'),
    },
  };
}

export function Parameters({ texts }: ReturnType<typeof useParameters>) {
  return (
    <ExpandableSection toggleText="Parameters">
      {(Object.keys(FIELDS) as Name[]).map((name) => {
        const [text, set] = texts[name];
        const { label, allowed } = FIELDS[name];
        return (
          <Field
            key={name}
            id={`parameter-${name}`}
            label={label}
            value={text}
            help={allowed}
            fault={parse(name, text) === null && !(name === 'seed' && text.trim() === '') ? `Must be ${allowed}` : undefined}
            onChange={set}
          />
        );
      })}
    </ExpandableSection>
  );
}
