/// The JSON form of the parts of a report: keys are named after the XML elements, absent values are null.
extension JSONText {
  /// Writes `report_metadata` as an object.
  public mutating func metadata(_ metadata: ReportMetadata) {
    object {
      $0.field("org_name", metadata.orgName)
      $0.field("email", metadata.email)
      $0.field("extra_contact_info", metadata.extraContactInfo)
      $0.field("report_id", metadata.reportID)
      $0.field("begin", metadata.begin)
      $0.field("end", metadata.end)
      $0.key("errors")
      $0.array { for error in metadata.errors { $0.value(error) } }
      $0.field("generator", metadata.generator)
    }
  }

  /// Writes the resolved identity of a report as an object, or null for nil.
  public mutating func identity(_ identity: ReportIdentity?) {
    guard let identity else { return value(nil as String?) }
    object {
      $0.field("reporter", identity.reporter)
      $0.field("report_id", identity.reportID)
      $0.field("policy_domain", identity.policyDomain.name)
      $0.field("begin", identity.begin)
      $0.field("end", identity.end)
    }
  }

  /// Writes `policy_published` as an object.
  public mutating func policy(_ policy: PolicyPublished) {
    object {
      $0.field("domain", policy.domain)
      $0.field("adkim", policy.adkim?.rawValue)
      $0.field("aspf", policy.aspf?.rawValue)
      $0.field("p", policy.p?.rawValue)
      $0.field("sp", policy.sp?.rawValue)
      $0.field("np", policy.np?.rawValue)
      $0.field("pct", policy.pct)
      $0.field("fo", policy.fo)
      $0.field("testing", policy.testing)
      $0.field("discovery_method", policy.discoveryMethod)
    }
  }

  /// Writes `policy_evaluated` as an object.
  public mutating func policyEvaluated(_ outcome: AuthenticationOutcome) {
    object {
      $0.field("disposition", outcome.disposition?.rawValue)
      $0.field("dkim", outcome.evaluatedDKIM?.rawValue)
      $0.field("spf", outcome.evaluatedSPF?.rawValue)
      $0.key("reasons")
      $0.reasons(outcome.reasons)
    }
  }

  /// Writes the override reasons as an array.
  public mutating func reasons(_ reasons: [OverrideReason]) {
    array {
      for reason in reasons {
        $0.object {
          $0.field("type", reason.type?.rawValue)
          $0.field("comment", reason.comment)
        }
      }
    }
  }

  /// Writes the DKIM results as an array.
  public mutating func dkimResults(_ results: [DKIMResult]) {
    array {
      for result in results {
        $0.object {
          $0.field("domain", result.domain)
          $0.field("selector", result.selector)
          $0.field("result", result.result?.rawValue)
          $0.field("human_result", result.humanResult)
        }
      }
    }
  }

  /// Writes the SPF results as an array.
  public mutating func spfResults(_ results: [SPFResult]) {
    array {
      for result in results {
        $0.object {
          $0.field("domain", result.domain)
          $0.field("scope", result.scope)
          $0.field("result", result.result?.rawValue)
          $0.field("human_result", result.humanResult)
        }
      }
    }
  }
}
