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
import { useEffect, useState, type FormEvent } from 'react';
import { ApiError } from '../api/error';
import { login, methods, type Methods } from './login';

/** Asks for an API key and tries it before anything else is shown. */
export function LoginPage({ reason }: { reason: string }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<{ title: string; text: string } | null>(
    reason ? { title: 'Your session ended', text: `${reason}. Log in again; you come back to the same page.` } : null,
  );
  const [isTrying, setTrying] = useState(false);

  const [offered, setOffered] = useState<Methods | null>(null);

  useEffect(() => {
    document.title = 'Log in · BitStack';
    if (new URLSearchParams(window.location.search).get('login') === 'failed') {
      setError({ title: 'Not logged in', text: 'The provider did not log you in, or your account has no role here.' });
    }
    methods().then(setOffered, () => undefined);
  }, []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTrying(true);
    try {
      await login(key.trim());
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const code = cause instanceof ApiError && cause.code ? ` (${cause.code})` : '';
      setError({ title: `Not logged in${code}`, text });
      setTrying(false);
    }
  }

  return (
    <Card className="login" isLarge>
      <CardTitle>
        <Title headingLevel="h1">Log in to BitStack</Title>
      </CardTitle>
      <CardBody>
        <Form onSubmit={(event) => void submit(event)}>
          {error && (
            <Alert variant="danger" isInline isLiveRegion title={error.title} component="p">
              <bdi>{error.text}</bdi>
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
              maxLength={200}
              value={key}
              onChange={(_event, value) => setKey(value)}
              aria-describedby="key-help"
            />
            <FormHelperText>
              <HelperText id="key-help">
                <HelperTextItem>
                  A key of scope admin, publisher or viewer. The first admin key is printed once, when the platform first starts.
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <ActionGroup>
            <Button type="submit" variant="primary" isLoading={isTrying} isDisabled={isTrying || key.trim() === ''}>
              Log in
            </Button>
            {offered?.oidc && (
              <Button component="a" href={offered.oidc.url} variant="secondary">
                Log in with {offered.oidc.name}
              </Button>
            )}
          </ActionGroup>
        </Form>
      </CardBody>
    </Card>
  );
}
