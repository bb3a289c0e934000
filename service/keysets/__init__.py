"""Keys that issuers publish, in force in this process.

In the order the data flows: `fetching` brings metadata and key set of one
issuer over a bounded connection; `keeping` decides when, keeps the last good
set of each issuer and gives issuers with their keys to the token verifier.
What is believed of that which was fetched, `authz.discovery` says.
"""
