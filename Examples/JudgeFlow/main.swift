// Explains a flow of messages: who sent them, why they fail, and what to do.
//
//   swift run JudgeFlow example.com 192.0.2.25 dkim=fail:example.com spf=pass:bounce.example.net

import DMARC
import Verdict

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2, let source = IPAddress(arguments[1]) else {
  fatalError("usage: JudgeFlow FROM-DOMAIN ADDRESS [dkim=RESULT:DOMAIN] [spf=RESULT:DOMAIN]")
}

// The last two labels; a real program looks names up in the public suffix list.
let organisations = Organisations { name in
  let labels = name.labels.suffix(2)
  return labels.count == 2 ? DomainName(labels.joined(separator: ".")) : nil
}

var reported = AuthenticationOutcome()
reported.headerFrom = arguments[0]
for argument in arguments.dropFirst(2) {
  let parts = argument.split { $0 == "=" || $0 == ":" }.map(String.init)
  guard parts.count == 3, let result = AuthResult(rawValue: parts[1]) else { fatalError("cannot read \"\(argument)\"") }
  if parts[0] == "dkim" { reported.dkim.append(DKIMResult(domain: parts[2], result: result)) }
  if parts[0] == "spf" { reported.spf.append(SPFResult(domain: parts[2], result: result)) }
}

// A reporter evaluates alignment itself; here the published policy is relaxed.
func isAligned(_ domain: String?) -> Bool {
  guard let domain = domain.flatMap(DomainName.init), let from = DomainName(arguments[0]) else { return false }
  return organisations.areRelated(domain, from)
}
reported.evaluatedDKIM = reported.dkim.contains { $0.result == .pass && isAligned($0.domain) } ? .pass : .fail
reported.evaluatedSPF = reported.spf.contains { $0.result == .pass && isAligned($0.domain) } ? .pass : .fail

let flow = FlowFacts(
  source: source, outcome: AlignedOutcome(reported, PolicyPublished(), organisations), messages: 1)
let judgement = RuleEngine.judge(
  flow, source: SourceFacts(), context: RuleContext(organisations: organisations))
let phrasebook = Phrasebook(.english)

print("\(judgement.verdict.rawValue)/\(judgement.subtype), confidence: \(judgement.confidence.rawValue)")
for evidence in judgement.evidence { print("- \(phrasebook.text(evidence))") }
print(phrasebook.text(judgement.advice))
