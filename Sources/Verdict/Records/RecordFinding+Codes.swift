extension RecordFinding {
  /// What can be found. The raw values are printed and never change; the part before the first hyphen is what the record is for.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    case domainMissing = "domain-missing"

    case dmarcMissing = "dmarc-missing"
    case dmarcMisplaced = "dmarc-misplaced"
    case dmarcInherited = "dmarc-inherited"
    case dmarcSeveral = "dmarc-several"
    case dmarcVersion = "dmarc-version"
    case dmarcForeignText = "dmarc-foreign-text"
    case dmarcSyntax = "dmarc-syntax"
    case dmarcDuplicateTag = "dmarc-duplicate-tag"
    case dmarcUnknownTag = "dmarc-unknown-tag"
    case dmarcRemovedTag = "dmarc-removed-tag"
    case dmarcPct = "dmarc-pct"
    case dmarcPMissing = "dmarc-p-missing"
    case dmarcPNotSecond = "dmarc-p-not-second"
    case dmarcBadValue = "dmarc-bad-value"
    case dmarcPolicyNone = "dmarc-policy-none"
    case dmarcSPWeaker = "dmarc-sp-weaker"
    case dmarcNPWeaker = "dmarc-np-weaker"
    case dmarcSPIgnored = "dmarc-sp-ignored"
    case dmarcTesting = "dmarc-testing"
    case dmarcPSD = "dmarc-psd"
    case dmarcNoReports = "dmarc-no-reports"
    case dmarcURISyntax = "dmarc-uri-syntax"
    case dmarcURIScheme = "dmarc-uri-scheme"
    case dmarcURISize = "dmarc-uri-size"
    case dmarcReportsUnauthorised = "dmarc-reports-unauthorised"
    case dmarcReportsNoMail = "dmarc-reports-no-mail"
    case dmarcOrganisationDiffers = "dmarc-organisation-differs"
    case dmarcParked = "dmarc-parked"

    case spfMissing = "spf-missing"
    case spfSeveral = "spf-several"
    case spfVersion = "spf-version"
    case spfSyntax = "spf-syntax"
    case spfLookUps = "spf-lookups"
    case spfLookUpsNear = "spf-lookups-near"
    case spfVoid = "spf-void"
    case spfVoidTerm = "spf-void-term"
    case spfPTR = "spf-ptr"
    case spfPlusAll = "spf-plus-all"
    case spfNeutralAll = "spf-neutral-all"
    case spfNoAll = "spf-no-all"
    case spfWide = "spf-wide"
    case spfPrivate = "spf-private"
    case spfAfterAll = "spf-after-all"
    case spfRedirectIgnored = "spf-redirect-ignored"
    case spfIncludeMissing = "spf-include-missing"
    case spfIncludeSeveral = "spf-include-several"
    case spfIncludeSyntax = "spf-include-syntax"
    case spfUnanswered = "spf-unanswered"
    case spfLoop = "spf-loop"
    case spfDuplicateTerm = "spf-duplicate-term"
    case spfManyExchanges = "spf-many-exchanges"
    case spfDynamic = "spf-dynamic"
    case spfLong = "spf-long"
    case spfIncludeUnused = "spf-include-unused"
    case spfParked = "spf-parked"

    case dkimNone = "dkim-none"
    case dkimUnknownSelectors = "dkim-unknown-selectors"
    case dkimMissing = "dkim-missing"
    case dkimMisplaced = "dkim-misplaced"
    case dkimAliasBroken = "dkim-alias-broken"
    case dkimSeveral = "dkim-several"
    case dkimVersion = "dkim-version"
    case dkimSyntax = "dkim-syntax"
    case dkimDuplicateTag = "dkim-duplicate-tag"
    case dkimUnknownTag = "dkim-unknown-tag"
    case dkimNoKey = "dkim-no-key"
    case dkimRevoked = "dkim-revoked"
    case dkimBase64 = "dkim-base64"
    case dkimKeyFormat = "dkim-key-format"
    case dkimKeyType = "dkim-key-type"
    case dkimShort = "dkim-short"
    case dkimWeak = "dkim-weak"
    case dkimLong = "dkim-long"
    case dkimEd25519Only = "dkim-ed25519-only"
    case dkimTesting = "dkim-testing"
    case dkimSHA1 = "dkim-sha1"
    case dkimService = "dkim-service"
    case dkimUnused = "dkim-unused"

    case mxNullWithOthers = "mx-null-with-others"
    case mxAlias = "mx-alias"
    case mxNoAddress = "mx-no-address"
    case mxAddress = "mx-address"
    case mxParked = "mx-parked"

    case stsSeveral = "mta-sts-several"
    case stsSyntax = "mta-sts-syntax"
    case stsNoHost = "mta-sts-no-host"
    case stsPolicyMissing = "mta-sts-policy-missing"
    case stsPolicyLine = "mta-sts-policy-line"
    case stsPolicyKey = "mta-sts-policy-key"
    case stsPolicyNone = "mta-sts-policy-none"
    case stsPolicyTesting = "mta-sts-policy-testing"
    case stsPolicyShort = "mta-sts-policy-short"
    case stsServerRefused = "mta-sts-server-refused"
    case stsServerUnlisted = "mta-sts-server-unlisted"

    case tlsReportSeveral = "tls-rpt-several"
    case tlsReportSyntax = "tls-rpt-syntax"

    case bimiSyntax = "bimi-syntax"
    case bimiLocation = "bimi-location"
    case bimiPolicy = "bimi-policy"

    case daneUsage = "dane-usage"
    case daneData = "dane-data"
  }
}

extension RecordFinding.Code {
  private static let warnings: Set<Self> = [
    .dmarcForeignText, .dmarcUnknownTag, .dmarcPct, .dmarcPNotSecond, .dmarcSPWeaker, .dmarcNPWeaker, .dmarcPSD,
    .dmarcNoReports, .dmarcURIScheme, .dmarcOrganisationDiffers, .dmarcParked,
    .spfVoidTerm, .spfPTR, .spfNeutralAll, .spfNoAll, .spfWide, .spfPrivate, .spfAfterAll, .spfRedirectIgnored,
    .spfParked,
    .dkimNone, .dkimRevoked, .dkimWeak, .dkimTesting,
    .mxAlias, .stsNoHost, .stsPolicyShort, .stsServerUnlisted, .bimiPolicy, .daneUsage,
  ]
  private static let notes: Set<Self> = [
    .dmarcInherited, .dmarcRemovedTag, .dmarcPolicyNone, .dmarcSPIgnored, .dmarcTesting, .dmarcURISize,
    .spfLookUpsNear, .spfDuplicateTerm, .spfDynamic, .spfLong, .spfIncludeUnused,
    .dkimUnknownSelectors, .dkimUnknownTag, .dkimLong, .dkimEd25519Only, .dkimUnused, .mxParked, .stsPolicyNone,
    .stsPolicyTesting,
  ]

  /// How much it matters.
  package var severity: RecordFinding.Severity {
    Self.warnings.contains(self) ? .warning : Self.notes.contains(self) ? .note : .error
  }
}
