import {
  ActionGroup,
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
  Title,
} from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { get } from './api';

interface Props {
  /** Called with a key that the gateway took. */
  onKey: (key: string) => void;
  /** Why the last key is no longer used; empty when there was none. */
  reason: string;
}

/** Asks for an API key and tries it before anything else is shown. */
export function KeyForm({ onKey, reason }: Props) {
  const [key, setKey] = useState('');
  const [error, setError] = useState(reason);
  const [isTrying, setTrying] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const tried = key.trim();
    setTrying(true);
    try {
      await get(tried, 'models?limit=1');
      onKey(tried);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      setTrying(false);
    }
  }

  return (
    <Card className="key-form" isLarge>
      <CardTitle>
        <Title headingLevel="h1">Sign in to BitStack</Title>
      </CardTitle>
      <CardBody>
        <Form onSubmit={(event) => void submit(event)}>
          {error && (
            <Alert variant="danger" isInline isLiveRegion title="Not signed in" component="p">
              {error}
            </Alert>
          )}
          <FormGroup label="API key" isRequired fieldId="key">
            <TextInput
              id="key"
              name="key"
              type="password"
              autoComplete="off"
              autoFocus
              isRequired
              value={key}
              onChange={(_event, value) => setKey(value)}
              aria-describedby="key-help"
            />
            <FormHelperText>
              <HelperText id="key-help">
                <HelperTextItem>
                  A key of scope admin, publisher or viewer. The registry logs the first admin key when it first starts. The
                  key stays in this tab.
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <ActionGroup>
            <Button type="submit" variant="primary" isLoading={isTrying} isDisabled={isTrying || key.trim() === ''}>
              Sign in
            </Button>
          </ActionGroup>
        </Form>
      </CardBody>
    </Card>
  );
}
