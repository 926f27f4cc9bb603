//! What every command opens first: the repository, the cache, the policy.

use std::fs;
use std::path::Path;

use crate::cache::{self, Store};
use crate::git::{self, Repository};
use crate::policy::file::Policy;
use crate::score::Model;

use super::arguments::Common;
use super::failure::Failure;

/// The file at the root of a repository that names its own policy.
const OWN_POLICY: &str = ".backout.toml";

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;

impl Common {
    /// Opens the repository.
    pub(super) fn repository(&self) -> Result<Repository, Failure> {
        Ok(git::open(self.repo.as_deref())?)
    }

    /// Opens the cache; without a folder to keep it in, there is none.
    pub(super) fn store(&self) -> Store {
        let folder = self.cache.clone().or_else(cache::default_folder);
        match folder {
            Some(folder) if !self.no_cache => {
                Store::open(&folder, self.cache_size.saturating_mul(MIB))
            }
            _ => Store::disabled(),
        }
    }

    /// The score model that was asked for, else the one that ships.
    pub(super) fn model(&self) -> Result<Model, Failure> {
        let Some(path) = &self.model else {
            return Ok(Model::shipped().clone());
        };
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("cannot read {shown}: {error}")))?;
        Model::from_toml(&text).map_err(|error| Failure::of(&error).within(&shown.to_string()))
    }

    /// The policy that was asked for: a file, a compiled-in one, the repository's own, or `generic`.
    pub(super) fn policy(&self, repository: Option<&Repository>) -> Result<Policy, Failure> {
        let Some(name) = &self.policy else {
            let root = repository.and_then(Repository::work_tree);
            let own = root
                .map(|root| root.join(OWN_POLICY))
                .filter(|path| path.is_file());
            return own.map_or_else(
                || Ok(Policy::compiled_in("generic")?),
                |path| policy_file(&path, None),
            );
        };
        let path = Path::new(name);
        if path.is_file() {
            policy_file(path, None)
        } else {
            Ok(Policy::compiled_in(name)?)
        }
    }
}

fn policy_file(path: &Path, profile: Option<&str>) -> Result<Policy, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    Policy::from_toml(&text, profile)
        .map_err(|error| Failure::from(error).within(&path.display().to_string()))
}
