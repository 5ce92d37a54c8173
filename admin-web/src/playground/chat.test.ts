import { curl, type Question } from './chat';

test('the copied command quotes whatever was asked and shows no key', () => {
  const question: Question = {
    model: 'prose',
    node: 'edge-small',
    messages: [{ role: 'user', content: `it's "$(rm -rf /)"\n` }],
    maxTokens: 5,
    temperature: 0,
    topP: 1,
    seed: 3,
  };
  const command = curl('http://localhost:8080', question);
  expect(command).toContain('$BITSTACK_KEY');
  expect(command).toContain("-H 'BitStack-Node: edge-small'");
  expect(command).toContain(String.raw`it'\''s \"$(rm -rf /)\"\n`);
});
