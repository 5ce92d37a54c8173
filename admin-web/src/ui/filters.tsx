import { FormSelect, FormSelectOption, SearchInput, ToolbarItem } from '@patternfly/react-core';

interface ChoiceProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Values and their words; the first is the usual one. */
  options: readonly (readonly [string, string])[];
}

/** One choice of a list's bar. */
export function Choice({ label, value, onChange, options }: ChoiceProps) {
  return (
    <ToolbarItem>
      <FormSelect aria-label={label} value={value} onChange={(_event, next) => onChange(next)}>
        {options.map(([option, words]) => (
          <FormSelectOption key={option} value={option} label={words} />
        ))}
      </FormSelect>
    </ToolbarItem>
  );
}

interface WordsProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
}

/** Words that the items of a list must have. */
export function Words({ label, placeholder, value, onChange }: WordsProps) {
  return (
    <ToolbarItem>
      <SearchInput
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onChange={(_event, next) => onChange(next)}
        onClear={() => onChange('')}
      />
    </ToolbarItem>
  );
}

/** Whether one of the texts has the words, however they are written. */
export function has(words: string, texts: string[]): boolean {
  const wanted = words.trim().toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
