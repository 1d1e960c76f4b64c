import Testing

@testable import Store

/// Which sources belong to one campaign.
@Suite struct SenderCampaignTests {
  private func appearances(
    _ sources: ClosedRange<Int32>, domain: Int64 = 1, days: [Int64]
  ) -> [SenderCampaigns.Appearance] {
    days.flatMap { day in sources.map { SenderCampaigns.Appearance(source: $0, domain: domain, day: day) } }
  }

  @Test func manyHostsOnTheSameDaysAreOneCampaign() {
    let found = SenderCampaigns.find(appearances(1...12, days: [5]) + appearances(8...30, days: [6]), least: 10)
    #expect(found == [Array(1...30)])
  }

  @Test func fewHostsAreNone() {
    #expect(SenderCampaigns.find(appearances(1...9, days: [5, 6, 7]), least: 10).isEmpty)
    #expect(SenderCampaigns.find([], least: 10).isEmpty)
  }

  @Test func whatIsFarApartAreTwoUnlessTheHostsAreTheSame() {
    let apart = appearances(1...12, days: [5]) + appearances(21...32, days: [50])
    #expect(SenderCampaigns.find(apart, least: 10) == [Array(1...12), Array(21...32)])
    #expect(SenderCampaigns.find(appearances(1...12, days: [5, 50]), least: 10) == [Array(1...12)])
  }

  @Test func theSameHostsUnderSeveralDomainsAreOne() {
    let same = appearances(1...12, domain: 1, days: [5]) + appearances(1...12, domain: 2, days: [5])
    #expect(SenderCampaigns.find(same, least: 10) == [Array(1...12)])
    let others = appearances(1...12, domain: 1, days: [5]) + appearances(21...32, domain: 2, days: [5])
    #expect(SenderCampaigns.find(others, least: 10).count == 2)
  }

  @Test func aHostThatIsMostlyElsewhereDoesNotBelongToIt() {
    let visitor = appearances(99...99, days: [5, 20, 30, 40])
    #expect(SenderCampaigns.find(appearances(1...12, days: [5]) + visitor, least: 10) == [Array(1...12)])
  }
}
