// Prints the DNS record that authorises an address to send for a domain, and the command that checks it.
//
//   swift run PublishRecord example.com 192.0.2.25
//
// The name and the address may come from a report, which anyone can write. Text reaches the record and the command line only
// through types that cannot contain anything unsafe.

import DMARC

let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first, let text = arguments.dropFirst().first else {
  fatalError("usage: PublishRecord DOMAIN ADDRESS")
}

guard let domain = DomainName(name)?.publishable else { fatalError("not a valid domain name") }
guard let address = IPAddress(text) else { fatalError("not a valid IP address") }

let record = TXTRecord(RecordOwner(domain), "v=spf1 \(SPFTerm(address)) -all")
print(record)
print(ShellCommand(["dig", "+short", "TXT", ShellWord(domain)]))
