import DMARC
package import Settings
package import Store

extension Configuration {
  /// The rules that leave reports out.
  package var ignoreRules: Set<IgnoreRule> {
    Set(ignoredReporters.map { IgnoreRule(reporter: $0) } + ignoredDomains.map { IgnoreRule(domain: $0) })
  }
}
