import Testing

@testable import Verdict

@Suite struct PhrasebookTests {
  @Test func bothLanguagesHaveTheSameTexts() {
    let (english, japanese) = (Phrasebook(.english), Phrasebook(.japanese))
    #expect(english.codes.count > 250)
    #expect(english.codes == japanese.codes)
    for code in english.codes {
      let (one, other) = (english.text(code), japanese.text(code))
      #expect(!one.isEmpty && !other.isEmpty)
      // Both must have the same placeholders.
      #expect(english.placeholders(in: code) == japanese.placeholders(in: code), "\(code)")
    }
  }

  @Test func everyVerdictHasMeaningAndAdviceInEveryLanguage() {
    for language in Language.allCases {
      let codes = Phrasebook(language).codes
      for verdict in Verdict.allCases {
        #expect(codes.contains("verdict.\(verdict.rawValue)"))
        for subtype in verdict.subtypes {
          #expect(codes.contains("verdict.\(verdict.rawValue).\(subtype)"), "\(verdict) \(subtype)")
          #expect(codes.contains("advice.\(verdict.rawValue).\(subtype)"), "\(verdict) \(subtype)")
        }
      }
      for status in SourceStatus.allCases { #expect(codes.contains("status.\(status.rawValue)")) }
      for confidence in Confidence.allCases { #expect(codes.contains("confidence.\(confidence.rawValue)")) }
    }
  }

  @Test func everyCodeHasATextAndEveryTextACode() {
    let families: [(String, Set<String>)] = [
      ("evidence", Set(Evidence.Fact.allCases.map(\.rawValue))), ("no", Set(Evidence.Reason.allCases.map(\.rawValue))),
      ("issue", Set(Issue.allCases.map(\.rawValue))), ("rule", Set(RuleName.allCases.map(\.rawValue))),
    ]
    for language in Language.allCases {
      let codes = Phrasebook(language).codes
      for (family, cases) in families {
        let texts = codes.filter { $0.hasPrefix("\(family).") }.map { String($0.dropFirst(family.count + 1)) }
        #expect(Set(texts) == cases, "\(family), \(language)")
      }
    }
  }

  @Test func everySubtypeBelongsToAVerdict() {
    #expect(Set(Verdict.allCases.flatMap(\.subtypes)) == Set(Verdict.Subtype.allCases))
  }

  @Test func advicePlaceholdersAreAllFilled() {
    let known: Set<String> = [
      "from", "organisation", "source", "selector", "signer", "envelope", "service", "relay", "mechanism", "path",
      "host", "command", "policy",
    ]
    let records = Set(ProposedRecords([:]).all.map(\.key))
    let phrasebook = Phrasebook(.english)
    for code in phrasebook.codes where code.hasPrefix("advice.") {
      #expect(phrasebook.placeholders(in: code).isSubset(of: known.union(records)), "\(code)")
    }
  }

  /// The number one always takes the singular.
  @Test func numbersAgreeWithTheirNouns() {
    let phrasebook = Phrasebook(.english)
    let plural =
      #/
      \b1\ (?:(?:more|other|intact|signed|such|new|mail|percentage)\ )*(?:messages|days|addresses|reporters|copies|places|terms|octets|bits
      |seconds|errors|warnings|notes|lookups|findings|domains|hosts|outcomes|points|steps|reports|networks|checks|lines
      |servers|decisions|senders|campaigns|inputs|changes)\b
      /#
    for code in phrasebook.codes where !code.hasSuffix(".many") && code != "change.only-reporter" {
      let names = phrasebook.placeholders(in: code)
      let text = phrasebook.text(code, Dictionary(uniqueKeysWithValues: names.map { ($0, "1") }))
      #expect(!text.contains(plural), "\(code): \(text)")
    }
    #expect(phrasebook.text("evidence.SEEN", ["days": "~1", "messages": "2"]) == "seen on ~1 day, 2 messages")
  }

  @Test func bracesInValuesAreNotExpanded() {
    let text = Phrasebook(.english).text("evidence.PASSES_AS", ["domain": "{domain}.example"])
    #expect(text.contains("{domain}.example"))
  }
}
