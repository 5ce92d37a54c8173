import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';

interface Props {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: string;
  /** What is wrong with the value; shown once the reader has tried to go on, or has written something. */
  fault?: string | undefined;
  isRequired?: boolean;
  placeholder?: string;
  list?: string;
}

/** A text field with help below it, or with what is wrong. */
export function Field({ id, label, value, onChange, help, fault, isRequired = false, placeholder, list }: Props) {
  const text = fault ?? help;
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextInput
        id={id}
        value={value}
        isRequired={isRequired}
        validated={fault ? 'error' : 'default'}
        maxLength={4096}
        onChange={(_event, next) => onChange(next)}
        {...(placeholder ? { placeholder } : {})}
        {...(text ? { 'aria-describedby': `${id}-help` } : {})}
        {...(list ? { list } : {})}
      />
      {text && (
        <FormHelperText>
          <HelperText id={`${id}-help`}>
            <HelperTextItem variant={fault ? 'error' : 'default'}>{text}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
