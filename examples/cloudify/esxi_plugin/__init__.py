# SPDX-License-Identifier: Apache-2.0
"""The Cloudify plugin for a standalone VMware ESXi host, its VMs and their snapshots."""
