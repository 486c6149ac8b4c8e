// Package quota counts what tenants use and refuses what goes beyond their
// quotas.
//
// [Daily] is the quota of the items that a tenant may bring a day. Quotas of what
// is stored are kept where it is stored; what such a store and a Daily share is
// here: [Limits], the problem that a caller is told ([Exceeded]), the metric of
// the refusals ([Refusals]) and the service that tells the usage ([Service]).
package quota
