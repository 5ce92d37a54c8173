import { TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { CODECS } from './parameters';
import type { Wish } from './wish';

interface Props {
  wish: Wish;
  change: (part: Partial<Wish>) => void;
  faults: Partial<Record<string, string>>;
}

/** The codec's parameters with their defaults and what another value costs. */
export function ParameterTable({ wish, change, faults }: Props) {
  function set(name: string, standard: string, value: string) {
    const { [name]: _before, ...others } = wish.parameters;
    change({ parameters: value === standard || value === '' ? others : { ...others, [name]: value } });
  }

  return (
    <Table aria-label={`Parameters of ${wish.codec}`} variant="compact">
      <Thead>
        <Tr>
          <Th>Parameter</Th>
          <Th>Value</Th>
          <Th>What it is</Th>
        </Tr>
      </Thead>
      <Tbody>
        {(CODECS[wish.codec]?.parameters ?? []).map((parameter) => {
          const fault = faults[`parameter ${parameter.name}`];
          return (
            <Tr key={parameter.name}>
              <Td dataLabel="Parameter">{parameter.name}</Td>
              <Td dataLabel="Value">
                <TextInput
                  aria-label={`Value of ${parameter.name}`}
                  placeholder={parameter.standard}
                  value={wish.parameters[parameter.name] ?? ''}
                  maxLength={256}
                  validated={fault ? 'error' : 'default'}
                  onChange={(_event, value) => set(parameter.name, parameter.standard, value)}
                />
                {fault}
              </Td>
              <Td dataLabel="What it is">{parameter.what}</Td>
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}
