import { expect, test } from 'vitest';
import { readTlsReport } from '../../../test/support/tls-report-schema.ts';
import { readCounts, sumOf } from './counts.ts';
import { reportFileName, reportIdOf, reportText, submitterDomain } from './report.ts';

const policy = '{"policy-type":"tlsa","policy-string":["3 1 1 AA"],"policy-domain":"mx.x.test","mx-host":[]}';
const none = '{"policy-type":"no-policy-found","policy-string":[],"policy-domain":"x.test","mx-host":[]}';
const fault = '{"result-type":"certificate-not-trusted","receiving-ip":"192.0.2.25"}';
const fields = new Map([
  ['octets', '500'],
  ['taken', 'token'],
  ['p a1', policy],
  ['s a1', '412'],
  ['f a1', '3'],
  [`d a1 ${fault}`, '2'],
  ['d a1 {"result-type":"certificate-expired"}', '3'],
  ['p b2', none],
  ['s b2', '1'],
  ['p c3', 'not JSON'],
  ['d c3 {}', '9'],
]);
const counts = readCounts('2026-11-28', 'x.test', fields);
const submitter = { organizationName: 'Example Relay', contact: 'tls@Relay.example.com' };

test('readCounts() reads policies and faults, and nothing that makes no sense', () => {
  expect(sumOf(counts)).toEqual({ successes: 413, failures: 3 });
  expect(counts.policies).toHaveLength(2);
  expect(counts.policies[0]?.faults).toEqual([
    { fault: { 'result-type': 'certificate-expired' }, count: 3 },
    { fault: JSON.parse(fault), count: 2 },
  ]);
});

test('reportText() is a report as RFC 8460 §4.4 wants it', () => {
  const id = reportIdOf(counts, '1a2b', submitterDomain(submitter));
  expect(id).toBe('20261128.x.test.1a2b@relay.example.com');
  const report = readTlsReport(reportText(counts, submitter, id));
  expect(report).toEqual({
    'organization-name': 'Example Relay',
    'date-range': { 'start-datetime': '2026-11-28T00:00:00Z', 'end-datetime': '2026-11-28T23:59:59Z' },
    'contact-info': 'tls@Relay.example.com',
    'report-id': id,
    policies: [
      {
        policy: JSON.parse(policy),
        summary: { 'total-successful-session-count': 412, 'total-failure-session-count': 3 },
        'failure-details': [
          { 'result-type': 'certificate-expired', 'failed-session-count': 3 },
          {
            'result-type': 'certificate-not-trusted',
            'receiving-ip': '192.0.2.25',
            'failed-session-count': 2,
          },
        ],
      },
      {
        policy: JSON.parse(none),
        summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 0 },
        'failure-details': [],
      },
    ],
  });
});

test('reportFileName() has the seconds of the day', () => {
  expect(reportFileName(counts, 'relay.example.com', '1a2b')).toBe(
    'relay.example.com!x.test!1795824000!1795910399!1a2b.json.gz',
  );
});
