// The canonical forms of outcomes, policies and identities: JSON text (`JSONText.Form.stored`) in which equal values have equal bytes.
// They are part of the format of databases, and other programs compute them, so they never change. `docs/hashes.md` describes them.

extension AuthenticationOutcome {
  /// The same outcome with its domain names in one form: lower case, no trailing dot, A-labels; empty for what is not a valid name. None of that
  /// changes what a name means (RFC 4343, RFC 5890).
  public var canonical: AuthenticationOutcome {
    func fold(_ domain: String) -> String { DomainName(domain)?.name ?? "" }
    var result = self
    result.headerFrom = headerFrom.map(fold)
    result.envelopeFrom = envelopeFrom.map(fold)
    for index in result.dkim.indices { result.dkim[index].domain = result.dkim[index].domain.map(fold) }
    for index in result.spf.indices { result.spf[index].domain = result.spf[index].domain.map(fold) }
    return result
  }

  /// The form of an outcome that is ``canonical`` already.
  package var form: JSONText {
    var text = JSONText(.stored)
    text.array {
      $0.value(disposition?.rawValue)
      $0.value(evaluatedDKIM?.rawValue)
      $0.value(evaluatedSPF?.rawValue)
      $0.value(headerFrom)
      $0.value(envelopeFrom)
      $0.dkimResults(dkim)
      $0.spfResults(spf)
      $0.reasons(reasons)
      $0.value(extensionXML)
      // Keys of older databases have no such value.
      if evaluation != .reported { $0.value(evaluation.rawValue) }
    }
    return text
  }

  /// Its canonical form, as text.
  public var canonicalText: String { canonical.form.string }

  /// Identifies the outcome. That of a stored one is taken after ``evaluated(under:_:)``.
  public var canonicalHash: CanonicalHash { CanonicalHash(of: canonical.form.bytes) }
}

extension PolicyPublished {
  package func form(for domain: DomainName) -> JSONText {
    var canonical = self
    canonical.domain = domain.name
    var text = JSONText(.stored)
    text.policy(canonical)
    return text
  }

  /// Its canonical form, as text.
  /// - Parameter domain: the policy domain of the report, ``ReportIdentity/policyDomain``, which takes the place of the reported one.
  public func canonicalText(for domain: DomainName) -> String { form(for: domain).string }

  /// Identifies the policy.
  /// - Parameter domain: the policy domain of the report, ``ReportIdentity/policyDomain``.
  public func canonicalHash(for domain: DomainName) -> CanonicalHash { CanonicalHash(of: form(for: domain).bytes) }
}

extension ReportIdentity {
  private var form: JSONText {
    var text = JSONText(.stored)
    text.array {
      $0.value(reporter)
      $0.value(reportID)
      $0.value(policyDomain.name)
      $0.value(begin)
      $0.value(end)
    }
    return text
  }

  /// Its canonical form, as text.
  public var canonicalText: String { form.string }

  /// Identifies the report, whatever it contains; its content is identified by the SHA-256 of its XML.
  public var canonicalHash: CanonicalHash { CanonicalHash(of: form.bytes) }
}
