import { BLANK, body, faults, type Wish } from './wish';
import { addressOf, fromAddress } from './wish-address';

const GOOD: Wish = { ...BLANK, model: 'prose', path: '/models/prose' };

test('what is needed is asked for before anything is sent', () => {
  expect(Object.keys(faults(BLANK)).sort()).toEqual(['model', 'path']);
  expect(faults(GOOD)).toEqual({});
  expect(faults({ ...GOOD, model: '<script>' })['model']).toContain('Lower-case');
  expect(faults({ ...GOOD, contextTokens: '5' })['contextTokens']).toContain('16 to 32768');
  expect(faults({ ...GOOD, calibration: 'file' })['calibration']).toContain('Choose');
  expect(faults({ ...GOOD, parameters: { start: '9' } })['parameter start']).toContain('1 to 4');
  expect(faults({ ...GOOD, kind: 'hub', repository: 'nonsense' })['repository']).toBeDefined();
});

test('only what was chosen is sent', () => {
  expect(body(GOOD)).toEqual({ model: 'prose', source: { path: '/models/prose' }, codec: 'nested', contextTokens: 256, priority: 0 });
  expect(body({ ...GOOD, kind: 'hub', repository: 'a/b', parameters: { start: '2', rank: '8' }, calibration: 'path', calibrationPath: '/t' })).toEqual({
    model: 'prose',
    source: { hub: { repository: 'a/b', revision: 'main' } },
    codec: 'nested',
    parameters: { start: '2' },
    calibrationPath: '/t',
    contextTokens: 256,
    priority: 0,
  });
});

test('what was uploaded is named by the upload', () => {
  const uploaded: Wish = { ...GOOD, kind: 'upload', path: '' };
  expect(Object.keys(faults(uploaded))).toEqual(['upload']);
  const wish: Wish = { ...uploaded, upload: 'u1', calibration: 'file', calibrationUpload: 'upload:t1/text.txt', evaluationPath: 'upload:t2/held.txt' };
  expect(faults(wish)).toEqual({});
  expect(body(wish)).toMatchObject({ source: { upload: 'u1' }, calibrationPath: 'upload:t1/text.txt', evaluationPath: 'upload:t2/held.txt' });
  expect(body({ ...wish, calibration: 'built-in' })).toMatchObject({ calibrationChoice: 'built-in' });
  expect(body({ ...wish, calibration: 'built-in' })).not.toHaveProperty('calibrationPath');
  expect(faults({ ...wish, evaluationPath: 'upload:' })['evaluationPath']).toBeDefined();
});

test('a form is in its address, with the parameters of its codec', () => {
  const wish = { ...BLANK, model: 'prose', calibrationText: 'not in it', parameters: { levels: '6' } };
  const address = addressOf(wish);
  expect(address).toEqual({ model: 'prose', 'parameter.levels': '6' });
  expect(fromAddress(new URLSearchParams(address))).toEqual({ ...wish, calibrationText: BLANK.calibrationText });
  expect(fromAddress(new URLSearchParams('parameter.rank=3&parameter.__proto__=1')).parameters).toEqual({});
});
